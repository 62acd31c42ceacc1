import Redis

/// The arguments with which every script of the queue begins; see `common.lua` and `event.lua`. Made
/// once and kept.
struct EventArguments {
  private let fixed: [Argument]

  init(_ settings: QueueSettings) {
    fixed = [
      .integer(settings.eventTTL.components.seconds),
      .integer(settings.ticketTTL.microseconds),
      .integer(settings.rebuildWindow.microseconds),
      .text("\(settings.admissionRate)"),
      .text("\(settings.admissionBurst)"),
      .integer(settings.grantTTL.microseconds),
    ]
  }

  /// The list to which a script's twin appends `own` arguments: it has room for them.
  ///
  /// - Parameter knownCreated: `created` as the caller last saw it, µs; 0 if it never did.
  func list(knownCreated: Int64, reserving own: Int = 0) -> [Argument] {
    var list: [Argument] = []
    list.reserveCapacity(fixed.count + 1 + own)
    list += fixed
    list.append(.integer(knownCreated))
    return list
  }
}
