import Redis

/// `park.lua`: takes those who are absent out of the line.
enum ParkScript {
  /// What the script returns.
  struct Reply: ScriptReply {
    let head: ScriptHead
    let content: Outcome
    /// How many sessions have expired.
    let expiredSessions: Int
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

extension ParkScript.Reply {
  init?(_ reply: Redis.Reply) {
    guard let head = ScriptHead(reply), reply.count > ScriptHead.count,
      let content = ParkScript.Outcome(reply)
    else { return nil }
    let expired = reply.count > 6 ? reply[6].natural : 0
    guard let expired else { return nil }
    self.init(head: head, content: content, expiredSessions: expired)
  }
}

extension ParkScript.Outcome: ScriptContent {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 4) where reply[3].isText("NOT_YET"): self = .notYet
    case (1, 7):
      guard let people = reply[3].natural, let forgotten = reply[4].natural,
        let more = reply[5].integer
      else { return nil }
      self = .parked(people, forgotten: forgotten, hasMore: more == 1)
    default: return nil
    }
  }
}
