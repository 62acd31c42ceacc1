import COpenSSL

/// A Lua script that Redis runs as one step, called by its SHA-1 (`EVALSHA`).
///
/// Immutable, made once and shared: one object is one script, so that metrics can tell scripts
/// apart by identity.
package final class Script: Sendable, CustomStringConvertible {
  /// What people call it: in metrics, logs and errors.
  package let name: String
  /// The Lua text.
  package let source: [UInt8]
  /// What Redis calls it: the SHA-1 of ``source``, 40 lower-case hexadecimal digits.
  ///
  /// Source: `EVP_Digest(3)`.
  package let sha1: String

  /// A script and its SHA-1.
  package init(name: String, source: [UInt8]) {
    self.name = name
    self.source = source
    sha1 = Self.hexadecimal(Self.digest(of: source))
  }

  /// The script's name.
  package var description: String { name }

  private static func digest(of source: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Int(SHA_DIGEST_LENGTH)) { digest, count in
      let done = EVP_Digest(source, source.count, digest.baseAddress, nil, EVP_sha1(), nil)
      precondition(done == 1, "libcrypto has no SHA-1, and Redis names scripts by nothing else")
      count = Int(SHA_DIGEST_LENGTH)
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
