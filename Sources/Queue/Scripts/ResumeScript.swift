import Redis

/// `resume.lua`: people come back with tickets.
enum ResumeScript {
  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let head: ScriptHead
    /// How many wait, those who are back included.
    let length: Int
    /// Until when no one is admitted, µs of Redis time.
    let rebuildUntil: Int64
    /// One for each person, in the order given.
    let answers: [Answer]
  }

  /// What became of one person.
  enum Answer: Equatable {
    /// `hasResumed` says whether this call put the person back.
    case inLine(position: Int, hasResumed: Bool)
    case gone(TicketEnd)
  }

  /// What the script is told.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, people: some Collection<(UserID, Ticket)>
  ) -> [Argument] {
    var list = event.list(known, reserving: 2 * people.count)
    for (user, ticket) in people {
      list.append(.text(user.text))
      list.append(.integer(ticket.microseconds))
    }
    return list
  }
}

extension ResumeScript.Reply {
  init?(_ reply: Redis.Reply) {
    let elements = reply.elements
    guard let head = ScriptHead(reply), elements.count >= 5, elements[0].integer == 1,
      let length = elements[3].natural, let rebuildUntil = elements[4].whole
    else { return nil }
    var answers: [ResumeScript.Answer] = []
    answers.reserveCapacity(elements.count - 5)
    for element in elements[5...] {
      guard let answer = ResumeScript.Answer(element) else { return nil }
      answers.append(answer)
    }
    self.init(head: head, length: length, rebuildUntil: rebuildUntil, answers: answers)
  }
}

extension ResumeScript.Answer {
  fileprivate init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 2):
      guard let end = TicketEnd(reply[1]) else { return nil }
      self = .gone(end)
    case (1, 3):
      guard let position = reply[1].natural, let resumed = reply[2].integer else { return nil }
      self = .inLine(position: position, hasResumed: resumed == 1)
    default: return nil
    }
  }
}
