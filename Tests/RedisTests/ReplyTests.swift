import Testing

@testable import Redis

@Suite struct ReplyTests {
  private func read<Value>(_ text: String, _ body: (Reply) throws -> Value) throws -> Value {
    try body(try #require(try reply(text)))
  }

  @Test("whole numbers are read from integers and from digits, exactly or not at all")
  func integers() throws {
    #expect(try read(":-5\r\n") { $0.integer } == -5)
    #expect(try read("$16\r\n1763683072000001\r\n") { $0.integer } == 1_763_683_072_000_001)
    #expect(try read("$20\r\n-9223372036854775808\r\n") { $0.integer } == .min)
    for text in ["9223372036854775808", "", "-", "1.5", " 1", "1e3", "+1", "0x1"] {
      #expect(try read("$\(text.utf8.count)\r\n\(text)\r\n") { $0.integer } == nil)
    }
    #expect(try read("*1\r\n:1\r\n") { $0.integer } == nil)
  }

  @Test("scores are read however a Redis prints them")
  func decimals() throws {
    #expect(try read(":3\r\n") { $0.decimal } == 3)
    #expect(try read("$16\r\n1763683072000001\r\n") { $0.decimal } == 1_763_683_072_000_001)
    #expect(try read("$20\r\n1.763683072000001e15\r\n") { $0.decimal } == 1_763_683_072_000_001)
    #expect(try read("$4\r\n-inf\r\n") { $0.decimal } == -.infinity)
    #expect(try read("$3\r\nabc\r\n") { $0.decimal } == nil)
    #expect(try read("$-1\r\n") { $0.decimal } == nil)
  }

  @Test("text is text only if it is UTF-8; bytes are always bytes")
  func text() throws {
    #expect(try read("$6\r\n대기\r\n") { $0.text } == "대기")
    #expect(try read("$6\r\n대기\r\n") { $0.bytes } == Array("대기".utf8))
    #expect(try read(":1\r\n") { $0.text } == nil)
    #expect(try read("$-1\r\n") { $0.bytes } == nil)
    #expect(try read("+OK\r\n") { $0.isText("OK") && !$0.isText("O") && !$0.isText("OKAY") })
    let parser = ReplyParser(maxReplyBytes: 100)
    try ([36, 49, 13, 10, 0xFF, 13, 10] as [UInt8]).withUnsafeBytes { try parser.feed($0) }
    let invalid = try #require(try parser.next())
    #expect(invalid.text == nil)
    #expect(invalid.bytes == [0xFF])
  }

  @Test("elements are found behind nested arrays of any shape")
  func elements() throws {
    try read("*4\r\n*2\r\n:1\r\n*0\r\n:2\r\n*1\r\n*1\r\n:3\r\n:4\r\n") { reply in
      #expect(reply.count == 4)
      #expect(reply[0][0].integer == 1)
      #expect(reply[0][1].count == 0)
      #expect(reply[1].integer == 2)
      #expect(reply[2][0][0].integer == 3)
      #expect(reply[3].integer == 4)
      #expect(reply.elements.map(\.count) == [2, 0, 1, 0])
      #expect(reply.elements[3].integer == 4)
      #expect(reply[1].elements.isEmpty)
    }
  }

  @Test("an error is split into its code and its message")
  func errors() throws {
    #expect(
      try read("-MOVED 3999 127.0.0.1:6381\r\n") { $0.error }
        == .server(code: "MOVED", message: "3999 127.0.0.1:6381"))
    #expect(try read("-ERR\r\n") { $0.error } == .server(code: "ERR", message: ""))
    #expect(try read("+OK\r\n") { $0.error } == nil)
  }

  #if DEBUG
    @Test("a debug build stops a caller that reads a reply too late")
    func tooLate() async {
      await #expect(processExitsWith: .failure) {
        let parser = ReplyParser(maxReplyBytes: 100)
        try Array(":1\r\n:2\r\n".utf8).withUnsafeBytes { try parser.feed($0) }
        let first = try #require(try parser.next())
        _ = try parser.next()
        _ = first.integer
      }
    }
  #endif
}

/// The reply that `text` spells, valid for as long as a test holds it.
func reply(_ text: String) throws -> Reply? {
  let parser = ReplyParser(maxReplyBytes: PoolSettings().maxReplyBytes)
  try Array(text.utf8).withUnsafeBytes { try parser.feed($0) }
  return try parser.next()
}
