import Queue
import Redis

/// `retire.lua`: takes seats off an event's list.
enum RetireScript {
  /// What the script returns.
  typealias Reply = SeatsReply<Outcome>

  /// What became of it.
  enum Outcome: Equatable {
    /// So many seats are gone; how the others stand now; those that stay because they are held or
    /// bought.
    case removed(Int, SeatCounts, stay: [String])
    /// Another list was begun meanwhile.
    case superseded
  }

  /// What the script is told.
  ///
  /// - Parameter plan: See ``FurnishScript``.
  static func arguments(
    _ settings: SeatSettings, at time: Int64, plan: String, seats: some Collection<String>
  ) -> [Argument] {
    var list = settings.arguments(at: time, reserving: 1 + seats.count)
    list.append(.text(plan))
    for seat in seats { list.append(.text(seat)) }
    return list
  }
}

extension RetireScript.Outcome: SeatsOutcome {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 3) where reply[1].isText("SUPERSEDED"): self = .superseded
    case (1, 7...):
      guard let removed = reply[2].whole, let counts = SeatCounts(reply, from: 3) else {
        return nil
      }
      self = .removed(Int(removed), counts, stay: reply.texts(from: 7))
    default: return nil
    }
  }
}
