import Queue

/// Seats that a person has set aside for a while, as the person knows them.
///
/// It says nothing that can change, so a repeated request hands out the very same bytes. Which seats
/// it has, Redis knows. ``Queue/TokenSigner`` turns it into text and back: the bearer of that text is
/// the holder, and no one else can release or buy what is held.
package struct Hold: Hashable, Sendable {
  /// The event that the seats belong to.
  package let event: EventID
  /// The person who holds them.
  package let user: UserID
  /// What Redis calls it: when it was made, in microseconds of Redis' clock; no two of an event have
  /// the same.
  package let number: Int64
  /// When it ends, in microseconds of Redis' clock.
  package let endsAt: Int64

  /// A hold of one person at one event.
  package init(event: EventID, user: UserID, number: Int64, endsAt: Int64) {
    self.event = event
    self.user = user
    self.number = number
    self.endsAt = endsAt
  }
}

extension TokenKind {
  /// Of a ``Hold``.
  static let hold = TokenKind("h")
}

extension TokenSigner {
  /// The text of a hold.
  package func sign(_ hold: Hold) -> String {
    sign(.hold, hold.number, hold.endsAt, event: hold.event, user: hold.user)
  }

  /// The hold that `text` is, over or not, or nil if it is not one that was signed with a known
  /// secret.
  package func hold(_ text: String) -> Hold? {
    guard var payload = payload(of: text, .hold),
      let number = payload.takeNumber(),
      let endsAt = payload.takeNumber(),
      let event = payload.takeEvent(),
      let user = payload.takeUser()
    else { return nil }
    return Hold(event: event, user: user, number: number, endsAt: endsAt)
  }
}
