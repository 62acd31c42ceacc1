import Redis

/// What the scripts about one ticket share: `enter.lua` and `leave.lua`.
enum TicketScript {
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
