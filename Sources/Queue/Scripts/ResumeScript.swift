import Redis

/// `resume.lua`: people come back with tickets.
enum ResumeScript {
  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let head: ScriptHead
    /// How many wait, those who are back included.
    let length: Int
    /// Until when no one is called, µs of Redis time.
    let rebuildUntil: Int64
    /// One for each person, in the order given.
    let answers: [Answer]
  }

  /// What became of one person.
  enum Answer: Equatable {
    /// `hasResumed` says whether this call put the person back; `callLeft` for how many ms the person is
    /// called yet, 0 for one who is not.
    case inLine(position: Int, hasResumed: Bool, callLeft: Int64 = 0)
    case gone(GoneTicket)
  }
}

extension ResumeScript.Reply {
  init?(_ reply: Redis.Reply) {
    let elements = reply.elements
    guard let head = ScriptHead(reply), elements.count >= 5, elements[0].integer == 1,
      let length = elements[3].natural, let rebuildUntil = elements[4].whole,
      let answers = Self.list(elements[5...], ResumeScript.Answer.init)
    else { return nil }
    self.init(head: head, length: length, rebuildUntil: rebuildUntil, answers: answers)
  }
}

extension ResumeScript.Answer {
  fileprivate init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, _):
      guard let gone = TicketScript.gone(reply) else { return nil }
      self = .gone(gone)
    case (1, 4):
      guard let position = reply[1].natural, let resumed = reply[2].integer,
        let left = reply[3].whole
      else { return nil }
      self = .inLine(position: position, hasResumed: resumed == 1, callLeft: left)
    default: return nil
    }
  }
}
