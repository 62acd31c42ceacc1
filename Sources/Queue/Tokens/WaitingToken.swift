/// What a waiting person gets: who they are, for which event, their place, and roughly when they were
/// last seen.
///
/// It is a pure function of these, so for as long as a stamp lasts the same place gives the same token,
/// and joining again hands out the very same bytes. ``TokenSigner`` turns it into text and back.
package struct WaitingToken: Hashable, Sendable {
  /// The event that the person waits for.
  package let event: EventID
  /// The person who waits.
  package let user: UserID
  /// Their place, which is also when they joined.
  package let ticket: Ticket

  /// A sign of life, µs of Redis time: what is known of one when Redis knows nothing of the person, who
  /// may have been parked, or lost. A token of version 0.1 has no other than the joining.
  package let stamp: Int64

  /// A person's place at an event.
  ///
  /// - Parameter stamp: A sign of life, µs of Redis time; nil for the joining.
  package init(event: EventID, user: UserID, ticket: Ticket, stamp: Int64? = nil) {
    self.event = event
    self.user = user
    self.ticket = ticket
    self.stamp = stamp ?? ticket.microseconds
  }

  /// The token for a person who gave a sign of life at `time`, µs of Redis time. Stamps are whole
  /// `steps`, in µs, after the ticket, so that a token seldom changes; and no later than the sign.
  func seen(at time: Int64, steps: Int64) -> WaitingToken {
    let age = max(0, time - ticket.microseconds)
    let latest = ticket.microseconds + age / steps * steps
    return WaitingToken(event: event, user: user, ticket: ticket, stamp: max(stamp, latest))
  }
}

extension TokenKind {
  /// Of a ``WaitingToken``.
  static let waiting = TokenKind("w")
}

extension TokenSigner {
  /// The text of a waiting token.
  package func sign(_ token: WaitingToken) -> String {
    let ticket = token.ticket.microseconds
    return switch format {
    case .version1: sign(.waiting, ticket, event: token.event, user: token.user)
    case .version2: sign(.waiting, ticket, token.stamp, event: token.event, user: token.user)
    }
  }

  /// The waiting token that `text` is, or nil if it is not one that was signed with a known secret.
  package func waitingToken(_ text: String) -> WaitingToken? {
    guard var payload = payload(of: text, .waiting),
      let ticket = payload.takeNumber(),
      let stamp = payload.format == .version1 ? ticket : payload.takeNumber(),
      let event = payload.takeEvent(),
      let user = payload.takeUser()
    else { return nil }
    return WaitingToken(
      event: event, user: user, ticket: Ticket(microseconds: ticket), stamp: stamp)
  }
}
