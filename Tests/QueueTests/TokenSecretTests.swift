import Testing

@testable import Queue

@Suite("TokenSecret")
struct TokenSecretTests {
  private let sixteen = Array("sixteen bytes...".utf8)

  @Test("16 bytes are enough, 15 are not")
  func length() throws {
    #expect(try TokenSecret(bytes: sixteen).bytes == sixteen)
    #expect(throws: TokenSecretError.tooShort(bytes: 15)) {
      try TokenSecret(bytes: Array(sixteen.dropLast()))
    }
    #expect(throws: TokenSecretError.tooShort(bytes: 0)) { try TokenSecret(bytes: []) }
  }

  @Test("one newline at the end of what a person wrote is not part of it")
  func trailingNewline() throws {
    #expect(try TokenSecret(written: sixteen).bytes == sixteen)
    #expect(try TokenSecret(written: sixteen + [0x0A]).bytes == sixteen)
    #expect(try TokenSecret(written: sixteen + [0x0D, 0x0A]).bytes == sixteen)
    #expect(try TokenSecret(written: sixteen + [0x0A, 0x0A]).bytes == sixteen + [0x0A])
    #expect(try TokenSecret(written: sixteen + [0x0D]).bytes == sixteen + [0x0D])
    #expect(try TokenSecret(written: [0x0A] + sixteen).bytes == [0x0A] + sixteen)
  }

  @Test("a newline does not count towards the 16 bytes")
  func newlineIsNotLength() {
    #expect(throws: TokenSecretError.tooShort(bytes: 15)) {
      try TokenSecret(written: Array(sixteen.dropLast()) + [0x0A])
    }
  }

  @Test("bytes that another sidecar made are taken as they are")
  func exactBytes() throws {
    let bytes = sixteen + [0x0A]
    #expect(try TokenSecret(bytes: bytes).bytes == bytes)
  }

  @Test("two random secrets of 32 bytes differ")
  func random() throws {
    let secret = try TokenSecret.random()
    #expect(secret.bytes.count == 32)
    #expect(try TokenSecret.random() != secret)
  }

  @Test("nothing that prints a secret shows it")
  func hidden() throws {
    let secret = try TokenSecret(bytes: sixteen)
    var dumped = ""
    dump(secret, to: &dumped)
    dump((secret, [secret]), to: &dumped)
    for text in ["\(secret)", "\([secret])", String(reflecting: secret), dumped] {
      #expect(!text.contains("sixteen"))
      #expect(!text.contains("115"), "the first byte, in decimal")
      #expect(text.contains("hidden"))
    }
  }
}
