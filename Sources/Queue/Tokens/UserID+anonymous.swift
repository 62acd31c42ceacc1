import COpenSSL

extension UserID {
  /// How the names of people begin whom no client has named; no client may use such a name.
  package static let anonymousPrefix = "anon-"

  /// Whether it is a name that only usher gives.
  package var isAnonymous: Bool { text.utf8.starts(with: Self.anonymousPrefix.utf8) }

  /// A new person, whom no client can name by guessing: 128 random bits.
  ///
  /// Source: `RAND_bytes`.
  package static func anonymous() -> UserID {
    var bytes = [UInt8](repeating: 0, count: 16)
    precondition(RAND_bytes(&bytes, 16) == 1, "the system has no randomness")
    return anonymous(bytes)
  }

  /// The person whom version 0.1 made of an idempotency key: knowing the key tells the name.
  fileprivate static func anonymousAsBefore(_ key: IdempotencyKey, in event: EventID) -> UserID {
    let input = Array("\(event.text)\n\(key.text)".utf8)
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256(input, input.count, &digest)
    return anonymous(digest.prefix(16))
  }

  fileprivate static func anonymous(_ bytes: some Sequence<UInt8>) -> UserID {
    guard let user = UserID(anonymousPrefix + Hexadecimal.encode(bytes)) else {
      preconditionFailure("37 ASCII characters are a user id")
    }
    return user
  }
}

extension TokenSigner {
  /// Whom an idempotency key may stand for in `event`, so that a retry finds its own place: the first is
  /// a newcomer's name, the others are those that other known secrets make of the key.
  ///
  /// A name is made with a secret, since names stand in the audit trail and a key is often a secret
  /// of the client's. Newcomers get the name of the *oldest* secret: all sidecars come to know it, and
  /// it stays the oldest when another is added, so that names change only when it is forgotten. Who was
  /// named by a sidecar that did not know it yet is found under the names behind the first.
  ///
  /// While tokens are those of version 0.1, so are the names: it may get the retry.
  func anonymousNames(_ key: IdempotencyKey, in event: EventID) -> [UserID] {
    switch format {
    case .version1: return [.anonymousAsBefore(key, in: event)]
    case .version2:
      // No token begins with a zero.
      let message = [0] + Array("person\n\(event.text)\n\(key.text)".utf8)
      return tags(of: message).map { UserID.anonymous($0) }
    }
  }
}
