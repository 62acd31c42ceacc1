import Redis

/// `park.lua`: takes those who are absent out of the line.
enum ParkScript {
  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let head: ScriptHead
    let outcome: Outcome
  }

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
    _ event: EventArguments, _ known: Knowledge, presenceTTL: Duration, presenceHeadTTL: Duration,
    begins: Bool, watched: Duration
  ) -> [Argument] {
    var list = event.list(known, reserving: 4)
    list.append(.integer(presenceTTL.milliseconds))
    list.append(.integer(presenceHeadTTL.milliseconds))
    list.append(.text(begins ? "begin" : "go on"))
    list.append(.integer(watched.microseconds))
    return list
  }
}

extension ParkScript.Reply {
  init?(_ reply: Redis.Reply) {
    guard let head = ScriptHead(reply) else { return nil }
    self.head = head
    switch (reply.leadingInteger, reply.count) {
    case (0, 4) where reply[3].isText("NOT_YET"): outcome = .notYet
    case (1, 6):
      guard let people = reply[3].natural, let forgotten = reply[4].natural,
        let more = reply[5].integer
      else { return nil }
      outcome = .parked(people, forgotten: forgotten, hasMore: more == 1)
    default: return nil
    }
  }
}
