/// What a waiting person holds: who they are, for which event, and their place.
///
/// It says nothing that can change, so the same place always gives the same token, and joining
/// again hands out the very same bytes. ``TokenSigner`` turns it into text and back.
package struct WaitingToken: Hashable, Sendable {
  /// What they wait for.
  package let event: EventID
  /// Who waits.
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
