import COpenSSL

/// The key that tokens are signed with: all sidecars of one queue share it, and no one else knows it.
///
/// Whatever prints it, prints no part of it.
package struct TokenSecret: Equatable, Sendable {
  /// The fewest bytes: as many as the signature keeps.
  package static let shortest = 16
  /// The most bytes, as many as a file of a secret may have.
  package static let longest = 65_536

  /// The secret itself, to sign with and to share through Redis; never for a log.
  package let bytes: [UInt8]

  /// A secret of exactly these bytes, such as another sidecar made.
  package init(bytes: [UInt8]) throws(TokenSecretError) {
    guard bytes.count >= Self.shortest else { throw .tooShort(bytes: bytes.count) }
    guard bytes.count <= Self.longest else { throw .tooLong(bytes: bytes.count) }
    self.bytes = bytes
  }

  /// A secret that a person wrote, in a file or in the environment: a line feed at the end (or CR
  /// LF), which editors add unseen, is not part of it.
  package init(written contents: [UInt8]) throws(TokenSecretError) {
    var bytes = contents[...]
    if bytes.last == UInt8(ascii: "\n") {
      bytes.removeLast()
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    }
    try self.init(bytes: Array(bytes))
  }

  /// 32 bytes that no one can guess.
  ///
  /// Source: `RAND_bytes(3)`.
  package static func random() throws(TokenSecretError) -> TokenSecret {
    var bytes = [UInt8](repeating: 0, count: 32)
    guard RAND_bytes(&bytes, Int32(bytes.count)) == 1 else { throw .noRandomness }
    return try TokenSecret(bytes: bytes)
  }
}

extension TokenSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The same for every secret.
  package var description: String { "TokenSecret(hidden)" }
  /// The same for every secret.
  package var debugDescription: String { description }
  /// Empty, so that `dump` and reflection show nothing either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why there is no secret.
package enum TokenSecretError: Error, Equatable, CustomStringConvertible {
  /// It has fewer bytes than ``TokenSecret/shortest``.
  case tooShort(bytes: Int)
  /// It has more bytes than ``TokenSecret/longest``.
  case tooLong(bytes: Int)
  /// The system's random generator failed.
  case noRandomness

  /// In words; the bytes that were there are not among them.
  package var description: String {
    switch self {
    case .tooShort(let bytes):
      "a secret needs at least \(TokenSecret.shortest) bytes, this one has \(bytes)"
    case .tooLong(let bytes):
      "a secret has at most \(TokenSecret.longest) bytes, this one has \(bytes)"
    case .noRandomness: "the system gave no random bytes for a secret"
    }
  }
}
