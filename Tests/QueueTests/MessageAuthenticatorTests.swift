import Testing

@testable import Queue

@Suite("MessageAuthenticator")
struct MessageAuthenticatorTests {
  /// RFC 4231, section 4: key, message, tag (test 5 gives only the first half).
  private static let vectors: [(key: [UInt8], message: [UInt8], tag: String)] = [
    (
      .init(repeating: 0x0B, count: 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      .init(repeating: 0xAA, count: 20), .init(repeating: 0xDD, count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      Array(1...25), .init(repeating: 0xCD, count: 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      .init(repeating: 0x0C, count: 20), Array("Test With Truncation".utf8),
      "a3b6167473100ee06e0c796c2955552b"
    ),
    (
      .init(repeating: 0xAA, count: 131),
      Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      .init(repeating: 0xAA, count: 131),
      Array(
        """
        This is a test using a larger than block-size key and a larger than block-size data. \
        The key needs to be hashed before being used by the HMAC algorithm.
        """.utf8),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ]

  @Test("the tags are those of RFC 4231, also when the context is used again")
  func vectors() {
    for (key, message, tag) in Self.vectors {
      let authenticator = MessageAuthenticator(key: key)
      for _ in 1...2 {
        #expect(Self.hex(authenticator.tag(of: message.span)).hasPrefix(tag))
      }
    }
  }

  private static func hex(_ hash: SHA256Hash) -> String {
    hash.indices.map { index in
      let digits = String(hash[index], radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
