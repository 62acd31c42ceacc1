/// What a secret is called: four bytes that follow from it and tell nothing of it. Each token names the
/// secret that signed it, and so does `queue:secrets`.
package struct SecretID: Hashable, Sendable, CustomStringConvertible {
  /// How many bytes it has.
  static let length = 4

  let number: UInt32

  init(number: UInt32) {
    self.number = number
  }

  /// The name that `text` spells in eight lower-case hexadecimal digits; nil for anything else.
  package init?(_ text: some StringProtocol) {
    guard let bytes = Hexadecimal.decode(text), bytes.count == Self.length else { return nil }
    number = bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Eight hexadecimal digits.
  package var description: String { Hexadecimal.encode(bytes) }

  /// The four bytes, as tokens carry them.
  var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
}

extension TokenSecret {
  /// What this secret is called: the same wherever it is known, be it from a file or from Redis.
  package var id: SecretID {
    // No token begins with a zero: a name is never the tag of a token.
    let tag = MessageAuthenticator(key: bytes).tag(of: ([0] + Array("secret id".utf8)).span)
    return SecretID(number: (0..<SecretID.length).reduce(0) { $0 << 8 | UInt32(tag[$1]) })
  }
}
