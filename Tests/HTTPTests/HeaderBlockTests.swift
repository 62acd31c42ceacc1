import Testing

@testable import HTTP

/// The cases of ``HygieneTests`` show what whole requests come to; these show what the block itself
/// says, with bytes that libmicrohttpd could leave behind. `|` stands for a NUL, and `>` for nothing:
/// a name that libmicrohttpd has found begins behind it.
@Suite("A header block")
struct HeaderBlockTests {
  private static let whole = "GET|/now|HTTP/1.1||>Host| a||>X| b||||"

  private func read(
    _ text: String, target: Range<Int> = 4..<8, version: Int = 9
  ) -> HeaderBlock? {
    var bytes: [UInt8] = []
    var names: [Int] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: ">"): names.append(bytes.count)
      case UInt8(ascii: "|"): bytes.append(0)
      default: bytes.append(byte)
      }
    }
    return bytes.withUnsafeBytes { bytes in
      let names = names.compactMap { bytes.baseAddress?.advanced(by: $0) }
      return try? HeaderBlock(bytes, target: target, version: version, names: names)
    }
  }

  @Test(
    "says how long the body is",
    arguments: [
      (">Host| a||>X|||", 0), (">Host| a||>Content-Length| 16384||", 16384),
      (">content-length|\t007 \t||>HOST|||", 7),
      (">Host| a||>Content-Length| 9223372036854775807||", .max),
      (">Host| a||>Content-Length| 9223372036854775808||", .max),
      (">Host| a||>Content-Length| 99999999999999999999||", .max),
    ])
  func saysLength(fields: String, length: Int) {
    #expect(read("GET|/now|HTTP/1.1||\(fields)||")?.contentLength == length)
  }

  @Test(
    "says whether a body of chunks follows",
    arguments: [
      (">Host| a||>Transfer-Encoding| chunked||", true),
      (">Host| a||>TRANSFER-encoding|\tCHUNKED||", true), (">Host| a||", false),
      // To libmicrohttpd these are other codings, so they are refused.
      (">Host| a||>Transfer-Encoding| chunked ||", nil),
      (">Host| a||>Transfer-Encoding| chunked\t||", nil),
      (">Host| a||>Transfer-Encoding| chunke||", nil),
      (">Host| a||>Transfer-Encoding| gzip, chunked||", nil),
      (">Host| a||>Transfer-Encoding| chunked||>Transfer-Encoding| chunked||", nil),
      (">Host| a||>Transfer-Encoding| x||>Transfer-Encoding| chunked||", nil),
      (">Host| a||>Transfer-Encoding| chunked||>Content-Length| 0||", nil),
      (">Transfer-Encoding| chunked||", nil),
    ])
  func saysWhetherChunked(fields: String, isChunked: Bool?) {
    #expect(read("GET|/now|HTTP/1.1||\(fields)||")?.isChunked == isChunked)
    #expect(read("GET|/now|HTTP/1.0||\(fields)||")?.isChunked != true)
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
      "||>Host| a|||||", "||>Host| a|b||||", "||>Host| a||>|b||||", "||>|Host| a||||",
      "||>Host|| a||||", "||>Host| a||>X| b|||", "||>Host| a||>X| b|", "||>Host| a||||||",
      "||>Host| a|>X| b||||", "||>Host| a||||>X| b||||", "|>Host| a||||",
    ])
  func isRefusedWithNUL(rest: String) {
    #expect(read("GET|/now|HTTP/1.1\(rest)") == nil)
  }

  @Test(
    "is refused when libmicrohttpd has not found the same names",
    arguments: [
      "||Host| a||X| b||||", "||>Host| a||X| b||||", "||>Host| a||>X|> b||||",
      "|>|Host| a||>X| b||||", "||>Host| a||>X| b||||>", ">||>Host| a||>X| b||||",
    ])
  func isRefusedWithOtherNames(rest: String) {
    #expect(read("GET|/now|HTTP/1.1\(rest)") == nil)
  }

  @Test(
    "is refused when the target and the version are not where they should be",
    arguments: [(3..<8, 9), (5..<8, 9), (4..<7, 9), (4..<9, 9), (4..<8, 10), (4..<40, 41)])
  func isRefusedDisplaced(target: Range<Int>, version: Int) {
    #expect(read(Self.whole, target: target, version: version) == nil)
  }
}
