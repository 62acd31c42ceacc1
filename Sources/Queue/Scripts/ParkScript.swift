import Redis

/// `park.lua`: takes those who are absent out of the line.
enum ParkScript {
  /// What the script returns.
  typealias Reply = HeadedReply<Outcome>

  /// What became of it.
  enum Outcome: Equatable {
    /// How many people were parked, how many marks of admissions and leaves were dropped, and whether
    /// another step finds more of either.
    case parked(Int, forgotten: Int, hasMore: Bool = false)
    /// The last call was less than a second ago.
    case notYet
  }

  /// What the script is told.
  ///
  /// - Parameters:
  ///   - begins: Whether this is the first step of a round, which must not come too early.
  ///   - watched: For how long the caller has reached the event without a gap.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, presenceTTL: Duration, begins: Bool,
    watched: Duration
  ) -> [Argument] {
    var list = event.list(known, reserving: 3)
    list.append(.integer(presenceTTL.milliseconds))
    list.append(.text(begins ? "begin" : "go on"))
    list.append(.integer(watched.microseconds))
    return list
  }
}

extension ParkScript.Outcome: ScriptContent {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 4) where reply[3].isText("NOT_YET"): self = .notYet
    case (1, 6):
      guard let people = reply[3].natural, let forgotten = reply[4].natural,
        let more = reply[5].integer
      else { return nil }
      self = .parked(people, forgotten: forgotten, hasMore: more == 1)
    default: return nil
    }
  }
}
