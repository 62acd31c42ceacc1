/// What a waiting person gets: who they are, for which event, and their place.
///
/// It says nothing that can change, so the same place always gives the same token, and joining
/// again hands out the very same bytes. ``TokenSigner`` turns it into text and back.
package struct WaitingToken: Hashable, Sendable {
  /// The event that the person waits for.
  package let event: EventID
  /// The person who waits.
  package let user: UserID
  /// Their place, which is also when they joined.
  package let ticket: Ticket

  /// A person's place at an event.
  package init(event: EventID, user: UserID, ticket: Ticket) {
    self.event = event
    self.user = user
    self.ticket = ticket
  }
}

extension TokenKind {
  /// Of a ``WaitingToken``.
  static let waiting = TokenKind("w")
}

extension TokenSigner {
  /// The text of a waiting token.
  package func sign(_ token: WaitingToken) -> String {
    sign(.waiting, token.ticket.microseconds, event: token.event, user: token.user)
  }

  /// The waiting token that `text` is, or nil if it is not one that was signed with a known secret.
  package func waitingToken(_ text: String) -> WaitingToken? {
    guard var payload = payload(of: text, .waiting),
      let ticket = payload.takeNumber(),
      let event = payload.takeEvent(),
      let user = payload.takeUser()
    else { return nil }
    return WaitingToken(event: event, user: user, ticket: Ticket(microseconds: ticket))
  }
}
