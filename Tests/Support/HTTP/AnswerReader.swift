import Foundation

/// An answer that a ``Swarm`` got, taken apart no further than it takes to find its end.
package struct Answer: Sendable {
  /// The status code.
  package let status: Int
  /// The status line and the header fields.
  package let head: String
  /// The body.
  package let body: [UInt8]

  /// The body as text.
  package var text: String { String(decoding: body, as: UTF8.self) }

  /// Whether a header field has been sent that begins so, in exactly this spelling.
  package func has(_ field: String) -> Bool { head.contains("\r\n\(field)") }
}

/// Finds the answers in what comes over a connection. Each must have a `Content-Length`, as all of
/// usher's have.
struct AnswerReader {
  private var bytes: [UInt8] = []
  private var start = 0

  mutating func append(_ more: ArraySlice<UInt8>) {
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: true)
      start = 0
    }
    bytes += more
  }

  /// The next answer, or nil until more has come.
  mutating func next() throws -> Answer? {
    while let headEnd = find("\r\n\r\n", in: start..<bytes.count) {
      let head = start..<headEnd
      guard bytes[start...].starts(with: "HTTP/1.1 ".utf8),
        let status = Int(String(decoding: bytes[(start + 9)..<(start + 12)], as: UTF8.self))
      else { throw ClientError.malformed(String(decoding: bytes[head], as: UTF8.self)) }
      if status < 200 {
        start = headEnd + 4
        continue
      }
      guard let length = length(in: head) else {
        throw ClientError.malformed(String(decoding: bytes[head], as: UTF8.self))
      }
      let body = (headEnd + 4)..<(headEnd + 4 + length)
      guard body.upperBound <= bytes.count else { return nil }
      start = body.upperBound
      return Answer(
        status: status, head: String(decoding: bytes[head], as: UTF8.self),
        body: Array(bytes[body]))
    }
    return nil
  }

  private func length(in head: Range<Int>) -> Int? {
    guard let name = find("\r\nContent-Length: ", in: head) else { return nil }
    let digits = bytes[(name + 18)..<head.upperBound].prefix { 48...57 ~= $0 }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private func find(_ text: StaticString, in range: Range<Int>) -> Int? {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return nil }
      var place = range.lowerBound
      while place + text.utf8CodeUnitCount <= range.upperBound,
        let found = memchr(base + place, Int32(text.utf8Start[0]), range.upperBound - place)
      {
        place = UnsafeRawPointer(found) - base
        guard place + text.utf8CodeUnitCount <= range.upperBound else { return nil }
        if memcmp(found, text.utf8Start, text.utf8CodeUnitCount) == 0 { return place }
        place += 1
      }
      return nil
    }
  }
}
