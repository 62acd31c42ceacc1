import Queue
import Redis

/// `furnish.lua`: adds seats to an event's list.
enum FurnishScript {
  /// What the script returns.
  typealias Reply = SeatsReply<Outcome>

  /// What became of it.
  enum Outcome: Equatable {
    /// So many seats are new; how they stand now.
    case added(Int, SeatCounts)
    /// Another list was begun meanwhile.
    case superseded
  }

  /// What the script is told.
  ///
  /// - Parameters:
  ///   - plan: Names one list that is being put in place.
  ///   - begins: Whether this call begins the list.
  static func arguments(
    _ settings: SeatSettings, at time: Int64, plan: String, begins: Bool,
    seats: some Collection<String>
  ) -> [Argument] {
    var list = settings.arguments(at: time, reserving: 2 + seats.count)
    list.append(.text(plan))
    list.append(.text(begins ? "begin" : "go on"))
    for seat in seats { list.append(.text(seat)) }
    return list
  }
}

extension FurnishScript.Outcome: SeatsOutcome {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 3) where reply[1].isText("SUPERSEDED"): self = .superseded
    case (1, 7):
      guard let added = reply[2].whole, let counts = SeatCounts(reply, from: 3) else { return nil }
      self = .added(Int(added), counts)
    default: return nil
    }
  }
}
