import COpenSSL

/// Turns tokens of every kind into text that only holders of the secret can make, and back.
///
/// The text is a ``Payload`` and a tag, in base64url without padding. The tag is the first half of
/// the payload's HMAC-SHA256; nothing in a text but the name of its secret is looked at before its tag
/// is found to be right. The payload says of which kind it is, so a waiting token cannot be taken for a
/// grant. A token has one text in a format and under a secret, and no other spelling of it is accepted.
///
/// A signer belongs to one thread: each front makes its own.
///
/// Source: RFC 2104, RFC 4648.
package struct TokenSigner {
  /// The longest text that can be genuine; a longer one is refused before any work.
  package static let longestText = Base64URL.encodedLength(of: Payload.longest + tagLength)

  /// 128 bits.
  private static let tagLength = 16

  /// How it writes.
  package let format: TokenFormat

  private struct Key {
    let id: SecretID
    let authenticator: MessageAuthenticator
  }

  private let current: Key
  /// The oldest first.
  private let all: [Key]

  /// Signs with the current one of `secrets`, in `format`; accepts what any of them signed, in each.
  package init(_ secrets: TokenSecrets, format: TokenFormat = .version2) {
    func key(_ secret: TokenSecret) -> Key {
      Key(id: secret.id, authenticator: MessageAuthenticator(key: secret.bytes))
    }
    current = key(secrets.current)
    all = secrets.all.map(key)
    self.format = format
  }

  /// Signs with `current`; accepts what `current` or `previous` signed.
  package init(
    current: TokenSecret, previous: TokenSecret? = nil, format: TokenFormat = .version2
  ) {
    self.init(TokenSecrets(current: current, previous: previous), format: format)
  }

  /// The text of a token of any kind, with at most two numbers.
  package func sign(
    _ kind: TokenKind, _ numbers: Int64..., event: EventID, user: UserID
  ) -> String {
    assert(numbers.count <= Payload.mostNumbers, "its text would be longer than the longest")
    let payload = Payload.bytes(
      kind, numbers, event: event, user: user, in: format, naming: current.id)
    let tag = current.authenticator.tag(of: payload.span)
    return Base64URL.encode(payload + (0..<Self.tagLength).map { tag[$0] })
  }

  /// What ``sign(_:_:event:user:)`` was given for `text`; nil if that is no token of `kind` that was
  /// signed with a known secret.
  package func payload(of text: String, _ kind: TokenKind) -> PayloadReader? {
    guard text.utf8.count <= Self.longestText, let bytes = Base64URL.decode(text),
      bytes.count > Self.tagLength, isGenuine(bytes)
    else { return nil }
    return PayloadReader(bytes, end: bytes.count - Self.tagLength, kind: kind)
  }

  /// What each secret makes of `message`, of the oldest secret first: 16 bytes that tell nothing of it.
  /// No message may begin like a token.
  func tags(of message: [UInt8]) -> [[UInt8]] {
    all.map { key in
      let tag = key.authenticator.tag(of: message.span)
      return (0..<Self.tagLength).map { tag[$0] }
    }
  }

  private func isGenuine(_ bytes: [UInt8]) -> Bool {
    guard let secret = Payload.secret(of: bytes) else {
      return all.contains { $0.authenticator.signed(bytes, Self.tagLength) }
    }
    return all.contains { $0.id == secret && $0.authenticator.signed(bytes, Self.tagLength) }
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
