/// What an admitted person holds: leave to go through the door until it expires.
///
/// A pure function of the admission that Redis remembers, so entering again hands out the very same
/// bytes. ``TokenSigner`` turns it into text and back; whoever has the secret can check it without
/// asking anybody.
package struct Grant: Hashable, Sendable {
  /// What they were admitted to.
  package let event: EventID
  /// Who was admitted.
  package let user: UserID
  /// When, in microseconds since 1970 by the Redis server's clock.
  package let admittedAt: Int64
  /// For how many seconds from then it is good.
  package let lifetimeSeconds: Int

  /// Leave for one person to enter one event.
  package init(event: EventID, user: UserID, admittedAt: Int64, lifetimeSeconds: Int) {
    self.event = event
    self.user = user
    self.admittedAt = admittedAt
    self.lifetimeSeconds = lifetimeSeconds
  }
}
