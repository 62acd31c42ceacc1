import Testing

@testable import Queue

@Suite("EventID")
struct EventIDTests {
  @Test(
    "letters, digits, underscore, dot and hyphen make a name",
    arguments: ["a", "Z", "0", "_", ".", "-", "concert-2025", "a.b_c-D9"])
  func allowed(text: String) {
    #expect(EventID(text)?.text == text)
  }

  @Test(
    "whatever could change a key, a label or a log line is refused",
    arguments: [
      "", "a}b", "{}", "{", "}", "a b", " a", "a\n", "a\r\nb", "\0", "a\0", "a:b", "a/b", "a\\b",
      "a\"b", "a*", "a?", "a[b]", "%00", "é", "e\u{301}", "🎟", "a🎟", "Ａ", "\u{7F}", "\u{202E}a",
    ])
  func hostile(text: String) {
    #expect(EventID(text) == nil)
  }

  @Test("each of the 128 ASCII characters is either in the alphabet or refused")
  func alphabet() {
    let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
    for value in UInt8.min..<128 {
      let character = Character(Unicode.Scalar(value))
      #expect((EventID(String(character)) != nil) == allowed.contains(character), "\(value)")
    }
  }

  @Test("64 characters are a name, 65 and 10,000 are not")
  func length() {
    #expect(EventID(String(repeating: "a", count: 64)) != nil)
    #expect(EventID(String(repeating: "a", count: 65)) == nil)
    #expect(EventID(String(repeating: "a", count: 10_000)) == nil)
  }
}
