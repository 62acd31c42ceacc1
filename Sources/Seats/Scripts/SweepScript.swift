import Queue
import Redis

/// `sweep.lua`: looks after an event's seats.
enum SweepScript {
  /// What the script returns.
  typealias Reply = SeatsReply<Outcome>

  /// What became of it.
  enum Outcome: Equatable {
    /// How seats and stock stand; `isMoreDue` says whether more holds are over than one call ends,
    /// `clock` what Redis' clock says, µs.
    case swept(SaleSnapshot, isMoreDue: Bool, clock: Int64)
    /// The event has neither seats nor stock.
    case nothing
  }

  /// What the script is told.
  static func arguments(_ settings: SeatSettings, at time: Int64) -> [Argument] {
    settings.arguments(at: time, reserving: 1) + [.integer(settings.holdTTL.microseconds)]
  }
}

extension SweepScript.Outcome: SeatsOutcome {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 3) where reply[1].isText("NOTHING"): self = .nothing
    case (1, 9...):
      guard let isMoreDue = reply[2].integer, let snapshot = SaleSnapshot(reply),
        let clock = reply[8].whole
      else { return nil }
      self = .swept(snapshot, isMoreDue: isMoreDue == 1, clock: clock)
    default: return nil
    }
  }
}

extension SaleSnapshot {
  fileprivate init?(_ reply: Reply) {
    guard reply.isFlat, let counts = SeatCounts(reply, from: 3), let inconsistent = reply[7].whole
    else {
      return nil
    }
    var stock: [String: Int] = [:]
    for index in stride(from: 9, to: reply.count - 1, by: 2) {
      if let item = reply[index].text.flatMap({ ItemID($0) }), let left = reply[index + 1].amount {
        stock[item.text] = Int(left)
      }
    }
    self.init(counts: counts, inconsistent: Int(inconsistent), stock: stock)
  }
}
