import Testing

@testable import Queue

@Suite("UserID")
struct UserIDTests {
  @Test(
    "text of any script without control characters is a name",
    arguments: ["u", "user 1", "{}", "a}b", "김철수", "🧑‍🚀", "a\u{A0}b", "\u{202E}a", " ", "~"])
  func allowed(text: String) {
    #expect(UserID(text)?.text == text)
  }

  @Test("each C0 control, DEL and each C1 control is refused wherever it stands")
  func controls() throws {
    for value in Array(0x00...0x1F as ClosedRange<UInt32>) + Array(0x7F...0x9F) {
      let control = String(try #require(Unicode.Scalar(value)))
      #expect(UserID(control) == nil, "\(value)")
      #expect(UserID("a" + control) == nil, "\(value)")
      #expect(UserID(control + "b") == nil, "\(value)")
    }
  }

  @Test("the neighbours of the control characters are allowed", arguments: [0x20, 0x7E, 0xA0])
  func neighbours(value: UInt32) throws {
    #expect(UserID(String(try #require(Unicode.Scalar(value)))) != nil)
  }

  @Test("line breaks are refused", arguments: ["\r\n", "a\r\nb", "a\nb", "\0", "a\0b"])
  func lineBreaks(text: String) {
    #expect(UserID(text) == nil)
  }

  @Test("128 bytes are a name; none, 129 and 10,000 are not")
  func length() {
    #expect(UserID("") == nil)
    #expect(UserID(String(repeating: "a", count: 128)) != nil)
    #expect(UserID(String(repeating: "a", count: 129)) == nil)
    #expect(UserID(String(repeating: "a", count: 10_000)) == nil)
  }

  @Test("bytes are counted, not characters")
  func multiByteLength() {
    #expect(UserID(String(repeating: "é", count: 64)) != nil)
    #expect(UserID(String(repeating: "é", count: 64) + "a") == nil)
    #expect(UserID(String(repeating: "🎟", count: 32)) != nil)
    #expect(UserID(String(repeating: "🎟", count: 33)) == nil)
  }

  @Test("two spellings that look alike are two people, as they are in Redis")
  func bytesDecide() throws {
    let composed = try #require(UserID("\u{E9}"))
    let decomposed = try #require(UserID("e\u{301}"))
    #expect(composed.text == decomposed.text)
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    #expect(Set([composed, composed]).count == 1)
  }
}
