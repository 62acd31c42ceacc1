import Redis

/// `resume.lua`: a person comes back with a ticket.
enum ResumeScript {
  /// What became of it.
  enum Outcome: Equatable {
    /// `rebuildUntil` is in µs of Redis time; `hasResumed` says whether this call put the person back.
    case inLine(position: Int, length: Int, rebuildUntil: Int64 = 0, hasResumed: Bool)
    case gone(TicketEnd)
  }

  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let created: Int64
    let outcome: Outcome
  }

  /// What the script is told.
  static func arguments(
    _ event: EventArguments, knownCreated: Int64, user: UserID, ticket: Ticket
  ) -> [Argument] {
    event.list(knownCreated: knownCreated, user: user, ticket: ticket)
  }
}

extension ResumeScript.Reply {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 3):
      guard let end = TicketEnd(reply[1]), let created = reply[2].whole else { return nil }
      self.init(created: created, outcome: .gone(end))
    case (1, 6):
      guard let created = reply[1].whole, let position = reply[2].whole,
        let length = reply[3].whole, let rebuildUntil = reply[4].whole,
        let resumed = reply[5].integer
      else { return nil }
      self.init(
        created: created,
        outcome: .inLine(
          position: Int(position), length: Int(length), rebuildUntil: rebuildUntil,
          hasResumed: resumed == 1))
    default: return nil
    }
  }
}
