import Redis

/// `park.lua`: takes those who are absent out of the line.
enum ParkScript {
  /// What the script returns.
  enum Reply: ScriptReply, Equatable {
    /// How many people were parked, and how many marks of admissions and leaves were dropped.
    case parked(Int, forgotten: Int)
    /// The last call was less than a second ago.
    case notYet
  }

  /// What the script is told.
  static func arguments(
    _ event: EventArguments, presenceTTL: Duration, presenceHeadTTL: Duration
  ) -> [Argument] {
    var list = event.list(knownCreated: 0, reserving: 2)
    list.append(.integer(presenceTTL.milliseconds))
    list.append(.integer(presenceHeadTTL.milliseconds))
    return list
  }
}

extension ParkScript.Reply {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 2) where reply[1].isText("NOT_YET"): self = .notYet
    case (1, 3):
      guard let people = reply[1].whole, let forgotten = reply[2].whole else { return nil }
      self = .parked(Int(people), forgotten: Int(forgotten))
    default: return nil
    }
  }
}
