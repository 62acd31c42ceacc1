/// What a waiting person holds: who they are, for which event, and their place.
///
/// It says nothing that can change, so the same place always gives the same token, and joining
/// again hands out the very same bytes. ``TokenSigner`` turns it into text and back.
public struct WaitingToken: Hashable, Sendable {
  /// What they wait for.
  public let event: EventID
  /// Who waits.
  public let user: UserID
  /// Their place, which is also when they joined.
  public let ticket: Ticket

  /// A person's place at an event.
  public init(event: EventID, user: UserID, ticket: Ticket) {
    self.event = event
    self.user = user
    self.ticket = ticket
  }
}
