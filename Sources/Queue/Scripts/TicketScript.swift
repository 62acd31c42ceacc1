import Redis

/// What became of a ticket that a script was called about.
protocol TicketOutcome {
  /// Reads the whole reply, which has at least three elements; nil if it is not what the script's file
  /// says that it returns.
  init?(_ reply: Reply)
}

/// What the scripts about one ticket share: `enter.lua`, `leave.lua` and `resume.lua`.
enum TicketScript {
  /// What the script returns.
  struct Reply<Outcome: TicketOutcome>: ScriptReply {
    /// When the index was made, µs; 0 if there is none.
    let created: Int64
    let outcome: Outcome

    init?(_ reply: Redis.Reply) {
      // It stands second, but third behind a reason.
      guard reply.count >= 3, let kind = reply.leadingInteger,
        let created = reply[kind == 0 ? 2 : 1].whole, let outcome = Outcome(reply)
      else { return nil }
      self.created = created
      self.outcome = outcome
    }
  }

  /// What the script is told.
  ///
  /// - Parameter knownCreated: See ``EventArguments``.
  static func arguments(
    _ event: EventArguments, knownCreated: Int64, user: UserID, ticket: Ticket
  ) -> [Argument] {
    var list = event.list(knownCreated: knownCreated, reserving: 2)
    list.append(.text(user.text))
    list.append(.integer(ticket.microseconds))
    return list
  }
}
