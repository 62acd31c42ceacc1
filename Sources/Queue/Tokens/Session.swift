/// What lets an admitted person stay inside, until it expires or ends: what a ``Grant`` becomes.
///
/// A pure function of what Redis remembers, so exchanging the grant again hands out the very same bytes
/// for as long as nothing was renewed. ``TokenSigner`` turns it into text and back.
package struct Session: Hashable, Sendable {
  /// The event that the person is in.
  package let event: EventID
  /// Which session of the event it is.
  package let name: SessionName
  /// When it ends unless it is renewed, ms since 1970 by the Redis server's clock.
  package let endsAt: Int64

  /// A session that lasts until `endsAt`, ms of Redis time.
  package init(event: EventID, name: SessionName, endsAt: Int64) {
    self.event = event
    self.name = name
    self.endsAt = endsAt
  }
}

/// What a session is called at its event. One admission has one grant, and becomes one session: the
/// person and the moment at which the grant began tell it from all others.
package struct SessionName: Hashable, Sendable {
  /// Who is inside.
  package let user: UserID
  /// When the grant began, µs since 1970 by the Redis server's clock.
  package let grantBegan: Int64

  /// The session that becomes of the grant that `user` got at `grantBegan`, µs of Redis time.
  package init(user: UserID, grantBegan: Int64) {
    self.user = user
    self.grantBegan = grantBegan
  }

  /// As `inside.lua` writes it: the moment, a colon, the user. Nil for anything else.
  init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), let began = Int64(text[..<colon]),
      let user = UserID(String(text[text.index(after: colon)...]))
    else { return nil }
    self.init(user: user, grantBegan: began)
  }
}

extension TokenKind {
  /// Of a ``Session``.
  static let session = TokenKind("s")
}

extension TokenSigner {
  /// The text of a session.
  package func sign(_ session: Session) -> String {
    sign(
      .session, session.name.grantBegan, session.endsAt, event: session.event,
      user: session.name.user)
  }

  /// The session that `text` is, over or not, or nil if it is not one that was signed with a known
  /// secret.
  package func session(_ text: String) -> Session? {
    guard var payload = payload(of: text, .session),
      let began = payload.takeNumber(),
      let endsAt = payload.takeNumber(),
      let event = payload.takeEvent(),
      let user = payload.takeUser()
    else { return nil }
    return Session(
      event: event, name: SessionName(user: user, grantBegan: began), endsAt: endsAt)
  }
}
