import Redis

/// `session.lua`: grants are exchanged for sessions.
enum SessionScript {
  /// What became of one grant.
  enum Answer: Equatable {
    /// The session lasts until then, ms of Redis time; `isNew` says whether it began just now.
    case session(until: Int64, isNew: Bool)
    /// The grant is over and never became a session, or its session has expired.
    case expired
    /// The session was ended.
    case ended
  }

  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let head: ScriptHead
    /// One for each grant, in the order given.
    let answers: [Answer]
  }

  /// What the script is told.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, sessionMax: Duration,
    grants: some Collection<Grant>
  ) -> [Argument] {
    var list = event.list(known, reserving: 1 + 3 * grants.count)
    list.append(.integer(sessionMax.milliseconds))
    for grant in grants {
      list.append(.text(grant.user.text))
      list.append(.integer(grant.admittedAt))
      list.append(.integer(grant.endsAt))
    }
    return list
  }
}

extension SessionScript.Reply {
  init?(_ reply: Redis.Reply) {
    let elements = reply.elements
    guard let head = ScriptHead(reply), elements[0].integer == 1,
      let answers = Self.list(elements[ScriptHead.count...], SessionScript.Answer.init)
    else { return nil }
    self.init(head: head, answers: answers)
  }
}

extension SessionScript.Answer {
  fileprivate init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 2) where reply[1].isText("EXPIRED"): self = .expired
    case (0, 2) where reply[1].isText("ENDED"): self = .ended
    case (1, 3):
      guard let until = reply[1].whole, let isNew = reply[2].integer else { return nil }
      self = .session(until: until, isNew: isNew == 1)
    default: return nil
    }
  }
}
