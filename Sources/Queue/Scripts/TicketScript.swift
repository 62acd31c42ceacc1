import Redis

/// What the scripts about tickets share: `enter.lua`, `leave.lua` and `resume.lua`.
enum TicketScript {
  /// What the script is told of each ticket: the user, the ticket, the stamp of its token; see
  /// ``WaitingToken``.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, tokens: some Collection<WaitingToken>
  ) -> [Argument] {
    var list = event.list(known, reserving: 3 * tokens.count)
    for token in tokens {
      list.append(.text(token.user.text))
      list.append(.integer(token.ticket.microseconds))
      list.append(.integer(token.stamp))
    }
    return list
  }

  /// Reads why a ticket waits no longer, and until when its bearer is inside, from an answer that begins
  /// with 0.
  static func gone(_ answer: Reply) -> GoneTicket? {
    guard answer.count == 3, let end = TicketEnd(answer[1]), let inside = answer[2].whole else {
      return nil
    }
    return GoneTicket(end: end, insideUntil: inside > 0 ? inside : nil)
  }
}

/// A ticket that waits no longer.
struct GoneTicket: Equatable, Sendable {
  var end: TicketEnd
  /// Until when its bearer is inside, ms of Redis time; nil for one who is not.
  var insideUntil: Int64?
}
