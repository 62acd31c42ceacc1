import Redis

/// `park.lua`: takes those who are absent out of the line.
enum ParkScript {
  /// What the script returns.
  enum Reply: ScriptReply, Equatable {
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
  ///   - expected: What the caller takes Redis' time to be, µs; 0 if it does not know.
  static func arguments(
    _ event: EventArguments, presenceTTL: Duration, presenceHeadTTL: Duration, begins: Bool,
    watched: Duration, expected: Int64
  ) -> [Argument] {
    var list = event.list(knownCreated: 0, reserving: 5)
    list.append(.integer(presenceTTL.milliseconds))
    list.append(.integer(presenceHeadTTL.milliseconds))
    list.append(.text(begins ? "begin" : "go on"))
    list.append(.integer(watched.microseconds))
    list.append(.integer(expected))
    return list
  }
}

extension ParkScript.Reply {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 2) where reply[1].isText("NOT_YET"): self = .notYet
    case (1, 4):
      guard let people = reply[1].whole, let forgotten = reply[2].whole,
        let more = reply[3].integer
      else { return nil }
      self = .parked(Int(people), forgotten: Int(forgotten), hasMore: more == 1)
    default: return nil
    }
  }
}
