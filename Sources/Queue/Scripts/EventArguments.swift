import Redis

/// The arguments with which every script of the queue begins; see `common.lua` and `event.lua`. Made
/// once and kept.
struct EventArguments {
  /// How many arguments all scripts have: their own come behind.
  static let count = 15

  private let eventTTL: Argument
  private let fixed: [Argument]
  private let limits: [Argument]

  init(_ settings: QueueSettings) {
    eventTTL = .integer(settings.eventTTL.components.seconds)
    fixed = [
      .integer(settings.ticketTTL.microseconds),
      .integer(settings.rebuildWindow.microseconds),
      .text("\(settings.admissionRate)"),
      .text("\(settings.admissionBurst)"),
      .integer(settings.grantTTL.microseconds),
    ]
    limits = [
      .integer(Int64(settings.seatsPerPerson)),
      .integer(settings.readyTTL.milliseconds),
      .integer(settings.sessionTTL.milliseconds),
      .integer(settings.presenceHeadTTL.milliseconds),
    ]
  }

  /// The list to which a script's twin appends `own` arguments: it has room for them.
  func list(_ known: Knowledge, reserving own: Int = 0) -> [Argument] {
    var list: [Argument] = []
    list.reserveCapacity(Self.count + own)
    list.append(eventTTL)
    list.append(.integer(known.time))
    list += fixed
    list.append(.integer(known.tick))
    list.append(.integer(known.storeArgument))
    list += limits
    list.append(.integer(Int64(known.inside)))
    list.append(.text(known.epoch))
    return list
  }
}
