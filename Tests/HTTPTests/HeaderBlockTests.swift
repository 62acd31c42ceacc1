import Testing

@testable import HTTP

/// The cases of ``HygieneTests`` show what whole requests come to; these show what the block itself
/// says, with bytes that libmicrohttpd could leave behind. `|` stands for a NUL.
@Suite("A header block")
struct HeaderBlockTests {
  private static let whole = "GET|/now|HTTP/1.1||Host| a||X| b||||"

  private func read(
    _ text: String, target: Range<Int> = 4..<8, version: Int = 9, fieldCount: Int = 2
  ) -> HeaderBlock? {
    let bytes = Array(text.utf8).map { $0 == UInt8(ascii: "|") ? 0 : $0 }
    return bytes.withUnsafeBytes {
      try? HeaderBlock($0, target: target, version: version, fieldCount: fieldCount)
    }
  }

  @Test(
    "says how long the body is",
    arguments: [
      ("Host| a||X|||", 0), ("Host| a||Content-Length| 16384||", 16384),
      ("content-length|\t007 \t||HOST|||", 7),
      ("Host| a||Content-Length| 9223372036854775807||", .max),
      ("Host| a||Content-Length| 9223372036854775808||", .max),
      ("Host| a||Content-Length| 99999999999999999999||", .max),
    ])
  func saysLength(fields: String, length: Int) {
    #expect(read("GET|/now|HTTP/1.1||\(fields)||")?.contentLength == length)
  }

  @Test("is refused when it is cut off anywhere")
  func isRefusedCutOff() {
    #expect(read(Self.whole) != nil)
    for count in Self.whole.indices {
      #expect(read(String(Self.whole[..<count])) == nil)
    }
  }

  @Test(
    "is refused when a NUL is where libmicrohttpd put none",
    arguments: [
      "||Host| a|||||", "||Host| a|b||||", "||Host| a|||b||||", "|||Host| a||||", "||Host|| a||||",
      "||Host| a||X| b|||", "||Host| a||X| b|", "||Host| a||||||", "||Host| a|X| b||||",
      "||Host| a||||X| b||||", "|Host| a||||",
    ])
  func isRefusedWithNUL(rest: String) {
    for fieldCount in 0...3 {
      #expect(read("GET|/now|HTTP/1.1\(rest)", fieldCount: fieldCount) == nil)
    }
  }

  @Test("is refused when libmicrohttpd has found more or fewer fields: a value has NULs")
  func isRefusedWithFieldInValue() {
    for fieldCount in [-1, 0, 1, 3] {
      #expect(read(Self.whole, fieldCount: fieldCount) == nil)
    }
  }

  @Test(
    "is refused when the target and the version are not where they should be",
    arguments: [(3..<8, 9), (5..<8, 9), (4..<7, 9), (4..<9, 9), (4..<8, 10), (4..<40, 41)])
  func isRefusedDisplaced(target: Range<Int>, version: Int) {
    #expect(read(Self.whole, target: target, version: version) == nil)
  }
}
