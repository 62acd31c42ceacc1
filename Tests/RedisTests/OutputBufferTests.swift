import Testing

@testable import Redis

@Suite struct OutputBufferTests {
  private func text(_ write: (inout OutputBuffer) -> Void) -> String {
    var output = OutputBuffer(capacity: 1)
    write(&output)
    return String(decoding: output.unwritten, as: UTF8.self)
  }

  @Test(
    "whole numbers are written in decimal digits",
    arguments: [0, 7, 9, 10, 99, 100, 1234, -1, -10, Int64.max, Int64.min])
  func numbers(number: Int64) {
    let digits = "\(number)"
    #expect(text { $0.argument(number) } == "$\(digits.utf8.count)\r\n\(digits)\r\n")
    #expect(
      text { $0.argument(number, prefix: "(") } == "$\(digits.utf8.count + 1)\r\n(\(digits)\r\n")
  }

  @Test("lengths are those of the bytes, not of the characters")
  func lengths() {
    #expect(text { $0.argument("") } == "$0\r\n\r\n")
    #expect(text { $0.argument("대기") } == "$6\r\n대기\r\n")
    #expect(text { $0.argument([0, 13, 10]) } == "$3\r\n\0\r\n\r\n")
  }

  @Test("what is written goes, the rest stays, and more can follow")
  func partialWrites() {
    var output = OutputBuffer(capacity: 8)
    output.argument("abc")
    output.consume(4)
    #expect(String(decoding: output.unwritten, as: UTF8.self) == "abc\r\n")
    output.argument(String(repeating: "x", count: 100))
    #expect(
      String(decoding: output.unwritten, as: UTF8.self)
        == "abc\r\n$100\r\n\(String(repeating: "x", count: 100))\r\n")
    output.consume(output.count)
    let isEmpty = output.isEmpty
    #expect(isEmpty)
    output.argument("d")
    #expect(String(decoding: output.unwritten, as: UTF8.self) == "$1\r\nd\r\n")
  }

  @Test("a burst far beyond what is kept comes through whole")
  func burst() {
    var output = OutputBuffer()
    let large = [UInt8](repeating: 7, count: 1 << 20)
    output.argument(large)
    let count = output.count
    #expect(count == "$1048576\r\n".utf8.count + large.count + 2)
    output.consume(output.count)
    output.argument("small")
    #expect(String(decoding: output.unwritten, as: UTF8.self) == "$5\r\nsmall\r\n")
  }
}
