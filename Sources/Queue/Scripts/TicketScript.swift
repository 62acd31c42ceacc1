import Redis

/// What became of a ticket that a script was called about.
protocol TicketOutcome {
  /// Reads the whole reply, which has at least four elements; nil if it is not what the script's file
  /// says that it returns.
  init?(_ reply: Reply)
}

/// What the scripts about one ticket share: `enter.lua` and `leave.lua`.
enum TicketScript {
  /// What the script returns.
  struct Reply<Outcome: TicketOutcome>: ScriptReply {
    let head: ScriptHead
    let outcome: Outcome

    init?(_ reply: Redis.Reply) {
      guard let head = ScriptHead(reply), reply.count > ScriptHead.count,
        let outcome = Outcome(reply)
      else { return nil }
      self.head = head
      self.outcome = outcome
    }
  }

  /// What the script is told.
  ///
  /// - Parameter stamp: The token's; see ``WaitingToken``.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, user: UserID, ticket: Ticket, stamp: Int64
  ) -> [Argument] {
    var list = event.list(known, reserving: 3)
    list.append(.text(user.text))
    list.append(.integer(ticket.microseconds))
    list.append(.integer(stamp))
    return list
  }
}
