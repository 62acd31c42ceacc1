import COpenSSL

extension UserID {
  /// A new person, whom no client can name by guessing: 128 random bits.
  ///
  /// Source: `RAND_bytes`.
  package static func anonymous() -> UserID {
    var bytes = [UInt8](repeating: 0, count: 16)
    precondition(RAND_bytes(&bytes, 16) == 1, "the system has no randomness")
    return named(bytes)
  }

  /// The person whom an idempotency key stands for in `event`, so that a retry finds its own place; nil
  /// if the key is not 1 to 255 visible ASCII characters.
  ///
  /// The name is a hash: a key is often a secret of the client's, and names stand in the audit trail.
  package static func anonymous(idempotencyKey key: String, in event: EventID) -> UserID? {
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    let input = Array("\(event.text)\n\(key)".utf8)
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256(input, input.count, &digest)
    return named(Array(digest.prefix(16)))
  }

  private static func named(_ bytes: [UInt8]) -> UserID {
    let hexadecimal = bytes.map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }
    guard let user = UserID("anon-" + hexadecimal.joined()) else {
      preconditionFailure("37 ASCII characters are a user id")
    }
    return user
  }
}
