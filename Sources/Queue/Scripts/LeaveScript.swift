import Redis

/// `leave.lua`: a person leaves the line.
enum LeaveScript {
  /// What became of it.
  enum Outcome: Equatable {
    case left
    /// The person had left before.
    case leftBefore
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

extension LeaveScript.Reply {
  init?(_ reply: Redis.Reply) {
    guard reply.count == 3 else { return nil }
    switch reply[0].integer {
    case 0:
      guard let end = TicketEnd(reply[1]), let created = reply[2].whole else { return nil }
      self.init(created: created, outcome: .gone(end))
    case 1:
      guard let created = reply[1].whole, let isNow = reply[2].integer else { return nil }
      self.init(created: created, outcome: isNow == 1 ? .left : .leftBefore)
    default: return nil
    }
  }
}
