/// What an admitted person gets: leave to go through the door until it expires.
///
/// A pure function of the admission that Redis remembers, so entering again hands out the very same
/// bytes. ``TokenSigner`` turns it into text and back; a program that has the secret can check it
/// without asking Redis.
package struct Grant: Hashable, Sendable {
  /// The event that the person was admitted to.
  package let event: EventID
  /// The person who was admitted.
  package let user: UserID
  /// When, in microseconds since 1970 by the Redis server's clock.
  package let admittedAt: Int64
  /// For how many seconds from then it is good.
  package let lifetimeSeconds: Int

  /// When it ends, in microseconds since 1970 by the Redis server's clock.
  package var endsAt: Int64 { admittedAt + Int64(lifetimeSeconds) * 1_000_000 }

  /// Leave for one person to enter one event.
  package init(event: EventID, user: UserID, admittedAt: Int64, lifetimeSeconds: Int) {
    self.event = event
    self.user = user
    self.admittedAt = admittedAt
    self.lifetimeSeconds = lifetimeSeconds
  }
}

extension TokenKind {
  /// Of a ``Grant``.
  static let grant = TokenKind("g")
}

extension TokenSigner {
  /// The text of a grant.
  package func sign(_ grant: Grant) -> String {
    sign(
      .grant, grant.admittedAt, Int64(grant.lifetimeSeconds), event: grant.event, user: grant.user)
  }

  /// The grant that `text` is, expired or not, or nil if it is not one that was signed with a known
  /// secret.
  package func grant(_ text: String) -> Grant? {
    guard var payload = payload(of: text, .grant),
      let admittedAt = payload.takeNumber(),
      let lifetime = payload.takeNumber(),
      let event = payload.takeEvent(),
      let user = payload.takeUser()
    else { return nil }
    return Grant(
      event: event, user: user, admittedAt: admittedAt, lifetimeSeconds: Int(lifetime))
  }
}
