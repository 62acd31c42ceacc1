import Testing

@testable import HTTP

/// What libmicrohttpd 1.0 lets through, strict as it is told to be: blocks with the bytes that it leaves.
/// `|` stands for a NUL and `$` for the LF behind one; a name that was found begins behind `>`, and its
/// value behind `=`.
@Suite("The fields of a header block")
struct HeaderFieldsTests {
  private func read(
    _ fields: String, method: String = "GET", version: String = "HTTP/1.1", elsewhere: Bool = false
  ) throws -> HeaderBlock {
    var bytes: [UInt8] = []
    var places: [(name: Range<Int>, value: Range<Int>)] = []
    for field in fields.split(separator: ">") {
      let name = field.prefix { $0 != "=" }
      let value = field.dropFirst(name.count + 1).prefix { $0 != "|" }
      let start = bytes.count + name.utf8.count + 1
      places.append((bytes.count..<start - 1, start..<start + value.utf8.count))
      bytes += field.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "|"), UInt8(ascii: "="): 0
        case UInt8(ascii: "$"): UInt8(ascii: "\n")
        default: byte
        }
      }
    }
    return try bytes.withUnsafeBytes { bytes in
      let fields = places.map { place in
        HeaderField(
          name: UnsafeRawBufferPointer(rebasing: bytes[place.name]),
          value: UnsafeRawBufferPointer(rebasing: bytes[place.value]))
      }
      let block = elsewhere ? UnsafeRawBufferPointer(start: nil, count: 0) : bytes
      return try HeaderBlock(method: method, version: version, fields: fields, in: block)
    }
  }

  @Test(
    "say how long the body is, and whether it comes in chunks",
    arguments: [
      (">Host=a|$>X=|$", 0, false), (">Host=a|$>content-LENGTH=0016|$", 16, false),
      (">Host=a|$>Content-Length=9223372036854775808|$", .max, false),
      (">Host=a|$>Transfer-Encoding=Chunked|$", 0, true),
    ])
  func saysBody(fields: String, length: Int, isChunked: Bool) throws {
    let block = try read(fields)
    #expect(block.contentLength == length)
    #expect(block.isChunked == isChunked)
  }

  @Test(
    "are refused where two servers may read them otherwise",
    arguments: [
      (">Host=a|$>Content-Length=0|$>Content-Length=0|$", 400),
      (">Host=a|$>Content-Length=0|$>content-length=5|$", 400), (">Host=a|$>Host=a|$", 400),
      (">Host=a|$>Host=b|$", 400), (">Host=a,b/c|$", 400), ("", 400), (">X=y|$", 400),
      (">Host=a|$>X\u{1}=y|$", 400), (">Host=a|$>X(=y|$", 400), (">Host=a|$>\u{E9}=y|$", 400),
      (">Host=a|$>X=\u{1}|$", 400), (">Host=a|$>X=\u{7F}|$", 400),
      (">Host=a|$>Content-Length=+5|$", 400), (">Host=a|$>Content-Length=|$", 400),
      (">Host=a|$>Transfer-Encoding=chunked|$>Content-Length=5|$", 400),
      (">Host=a|$>Transfer-Encoding=chunked|$>Transfer-Encoding=x|$", 411),
      (">Host=a|$>Transfer-Encoding=x|$", 411), (">Host=a|$>Transfer-Encoding=chunked| ||$", 411),
    ])
  func isRefused(fields: String, status: Int) {
    let error = #expect(throws: RequestError.self) { try read(fields) }
    #expect(error?.status == status)
  }

  @Test(
    "are refused with a method that is no token", arguments: ["G(T", "", "G\u{1}T", "G\u{E9}T"])
  func refusesMethod(method: String) {
    #expect(throws: RequestError.malformed("the method is not a token")) {
      try read(">Host=a|$", method: method)
    }
  }

  @Test("may lack a host in HTTP/1.0 alone, which knows no chunks")
  func knowsOldVersion() throws {
    #expect(try read(">X=y|$", version: "HTTP/1.0").contentLength == 0)
    #expect(throws: RequestError.lengthRequired) {
      try read(">Transfer-Encoding=chunked|$", version: "HTTP/1.0")
    }
    #expect(throws: RequestError.malformed("there is no Host")) {
      try read(">X=y|$", version: "HTTP/1.2")
    }
  }

  @Test("that are copies, which lie elsewhere, are read all the same")
  func readsCopies() throws {
    #expect(try read(">Host=a|$>Transfer-Encoding=chunked|$", elsewhere: true).isChunked)
  }
}
