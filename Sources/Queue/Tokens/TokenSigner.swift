import COpenSSL

/// Turns waiting tokens and grants into text that only holders of the secret can make, and back.
///
/// The text is a ``Payload`` and a tag, in base64url without padding. The tag is the first half of
/// the payload's HMAC-SHA256; nothing in a text is looked at before its tag is found to be right.
/// The payload begins with what it is, so a waiting token cannot be taken for a grant. A token has
/// one text under a secret, and no other spelling of it is accepted.
///
/// A signer belongs to one thread: each front makes its own.
///
/// Source: RFC 2104, RFC 4648.
package struct TokenSigner {
  /// The longest text that can be genuine; a longer one is refused before any work.
  package static let longestText = Base64URL.encodedLength(of: Payload.longest + tagLength)

  /// 128 bits.
  private static let tagLength = 16

  private let current: MessageAuthenticator
  private let previous: MessageAuthenticator?

  /// Signs with `current`; accepts what `current` or `previous` signed.
  package init(current: TokenSecret, previous: TokenSecret? = nil) {
    self.current = MessageAuthenticator(key: current.bytes)
    self.previous = previous.map { MessageAuthenticator(key: $0.bytes) }
  }

  /// The text of a waiting token.
  package func sign(_ token: WaitingToken) -> String {
    text(
      of: Payload.bytes(
        .waiting, token.ticket.microseconds, event: token.event, user: token.user))
  }

  /// The text of a grant.
  package func sign(_ grant: Grant) -> String {
    text(
      of: Payload.bytes(
        .grant, grant.admittedAt, Int64(grant.lifetimeSeconds),
        event: grant.event, user: grant.user))
  }

  /// The waiting token that `text` is, or nil if it is not one that was signed with a known secret.
  package func waitingToken(_ text: String) -> WaitingToken? {
    guard var payload = verified(text), payload.take(.waiting),
      let ticket = payload.takeNumber(),
      let event = payload.takeEvent(),
      let user = payload.takeUser()
    else { return nil }
    return WaitingToken(event: event, user: user, ticket: Ticket(microseconds: ticket))
  }

  /// The grant that `text` is, expired or not, or nil if it is not one that was signed with a known
  /// secret.
  package func grant(_ text: String) -> Grant? {
    guard var payload = verified(text), payload.take(.grant),
      let admittedAt = payload.takeNumber(),
      let lifetime = payload.takeNumber(),
      let event = payload.takeEvent(),
      let user = payload.takeUser()
    else { return nil }
    return Grant(
      event: event, user: user, admittedAt: admittedAt, lifetimeSeconds: Int(lifetime))
  }

  /// The text of a hold of seats: two numbers, of an event and a person. What they mean is for the
  /// seats to say; that it is neither a waiting token nor a grant is said here.
  package func signHold(
    _ first: Int64, _ second: Int64, event: EventID, user: UserID
  ) -> String {
    text(of: Payload.bytes(.hold, first, second, event: event, user: user))
  }

  /// What ``signHold(_:_:event:user:)`` was given for `text`, or nil if it is not one that was signed
  /// with a known secret.
  package func holdParts(
    _ text: String
  ) -> (first: Int64, second: Int64, event: EventID, user: UserID)? {
    guard var payload = verified(text), payload.take(.hold),
      let first = payload.takeNumber(),
      let second = payload.takeNumber(),
      let event = payload.takeEvent(),
      let user = payload.takeUser()
    else { return nil }
    return (first, second, event, user)
  }

  private func text(of payload: [UInt8]) -> String {
    let tag = current.tag(of: payload.span)
    return Base64URL.encode(payload + (0..<Self.tagLength).map { tag[$0] })
  }

  /// What stands before the tag, if the tag is right.
  private func verified(_ text: String) -> PayloadReader? {
    guard text.utf8.count <= Self.longestText, let bytes = Base64URL.decode(text),
      bytes.count > Self.tagLength
    else { return nil }
    guard current.signed(bytes, Self.tagLength) || previous?.signed(bytes, Self.tagLength) == true
    else { return nil }
    return PayloadReader(bytes, end: bytes.count - Self.tagLength)
  }
}

@available(*, unavailable, message: "a TokenSigner belongs to one thread; each makes its own")
extension TokenSigner: Sendable {}

extension MessageAuthenticator {
  /// Whether `bytes` end in the first `length` bytes of the tag of what stands before them. The time
  /// it takes does not tell how much of the tag is right.
  ///
  /// Source: `CRYPTO_memcmp(3)`.
  fileprivate func signed(_ bytes: [UInt8], _ length: Int) -> Bool {
    let expected = tag(of: bytes.span.extracting(droppingLast: length))
    let difference = bytes.span.extracting(last: length).withUnsafeBytes { given in
      expected.span.withUnsafeBytes { CRYPTO_memcmp(given.baseAddress, $0.baseAddress, length) }
    }
    return difference == 0
  }
}
