import Testing

@testable import Queue

@Suite("Base64URL")
struct Base64URLTests {
  @Test(
    "the examples of RFC 4648, without padding",
    arguments: [
      ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
      ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
    ])
  func examples(plain: String, encoded: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
    #expect(Base64URL.decode(encoded) == Array(plain.utf8))
  }

  @Test("62 and 63 are written for URLs")
  func urlAlphabet() {
    #expect(Base64URL.encode([0xFB, 0xEF, 0xFF]) == "--__")
    #expect(Base64URL.decode("--__") == [0xFB, 0xEF, 0xFF])
    #expect(Base64URL.decode("++//") == nil)
  }

  @Test("bytes of every length come back, in the length that was promised")
  func roundTrip() {
    var random = SplitMix64(seed: 1)
    for length in 0...300 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      let text = Base64URL.encode(bytes)
      #expect(text.utf8.count == Base64URL.encodedLength(of: length))
      #expect(Base64URL.decode(text) == bytes)
    }
  }

  @Test(
    "padding, white space and foreign characters are refused",
    arguments: [
      "Zg==", "Zm8=", "Zm9v=", "=", " Zg", "Zg ", "Z g", "Zg\n", "\tZg", "Zm9v\r\n", "Zm9\0", "Zmé",
      "Zm9v🎟", "Zm9.", "Zm9,", "Zm%39",
    ])
  func foreign(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test("a single character stands for no byte", arguments: ["A", "Zm9vY", "AAAAA"])
  func leftOverCharacter(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test("of all texts of two and three characters exactly one stands for each byte string")
  func canonical() {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var accepted = 0
    for first in alphabet {
      for second in alphabet {
        let two = String([first, second])
        if let bytes = Base64URL.decode(two) {
          accepted += 1
          #expect(Base64URL.encode(bytes) == two)
        }
      }
    }
    #expect(accepted == 256)
    #expect(alphabet.count { Base64URL.decode("AA\($0)") != nil } == 16)
  }
}
