import Testing

@testable import Redis

@Suite struct ReplyParserTests {
  /// All replies in `text`, described, when it comes in pieces of `size` bytes.
  private func replies(
    in text: String, piecesOf size: Int = .max, limit: Int = 1 << 20
  ) throws -> [String] {
    let parser = ReplyParser(maxReplyBytes: limit)
    var rest = Array(text.utf8)[...]
    var replies: [String] = []
    while !rest.isEmpty {
      try rest.prefix(size).withUnsafeBytes { try parser.feed($0) }
      rest = rest.dropFirst(size)
      while let reply = try parser.next() { replies.append(describe(reply)) }
    }
    return replies
  }

  private func describe(_ reply: Reply) -> String {
    switch reply.kind {
    case .integer: "\(reply.integer ?? 0)"
    case .bytes: "'\(reply.text ?? "?")'"
    case .null: "null"
    case .array: "[\((0..<reply.count).map { describe(reply[$0]) }.joined(separator: " "))]"
    case .error: "error(\(reply.error.map { "\($0)" } ?? ""))"
    }
  }

  private static let mixed =
    "+OK\r\n:42\r\n$5\r\nhe\r\nl\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
    + "*4\r\n:1\r\n*2\r\n+a\r\n*1\r\n:-7\r\n$-1\r\n-ERR inside\r\n-WRONGTYPE not this\r\n"

  private static let described = [
    "'OK'", "42", "'he\r\nl'", "''", "null", "null", "[]",
    "[1 ['a' [-7]] null error(Redis answered ERR inside)]",
    "error(Redis answered WRONGTYPE not this)",
  ]

  @Test("replies are the same wherever the bytes are split", arguments: 1...90)
  func splits(size: Int) throws {
    #expect(try replies(in: Self.mixed, piecesOf: size) == Self.described)
  }

  @Test("thousands of replies in one piece come out one by one")
  func many() throws {
    let text = (0..<5000).map { ":\($0)\r\n" }.joined()
    #expect(try replies(in: text) == (0..<5000).map { "\($0)" })
  }

  @Test(
    "what is not RESP2 is refused",
    arguments: [
      "HTTP/1.1 400 Bad Request\r\n", "%1\r\n+a\r\n:1\r\n", "_\r\n", ",1.5\r\n", "#t\r\n",
      ">1\r\n+x\r\n", ":1x\r\n", ":99999999999999999999\r\n", "$-2\r\n", "$1x\r\na\r\n",
      "*99999999999\r\n", "\0",
    ])
  func garbage(text: String) {
    #expect(throws: ProtocolViolation.self) { try replies(in: "+OK\r\n" + text) }
  }

  @Test("the replies before the garbage still count, and nothing after it")
  func afterGarbage() throws {
    let parser = ReplyParser(maxReplyBytes: 1000)
    try Array("+OK\r\n!\r\n".utf8).withUnsafeBytes { try parser.feed($0) }
    #expect(try parser.next()?.text == "OK")
    #expect(throws: ProtocolViolation.self) { try parser.next() }
    #expect(throws: ProtocolViolation.self) { try parser.next() }
  }

  @Test("a reply may be as long as allowed and no byte longer", arguments: [1, 7, 1000])
  func limit(size: Int) throws {
    let reply = "$10\r\n0123456789\r\n"
    #expect(
      try replies(in: reply + reply + reply, piecesOf: size, limit: 17).count == 3)
    #expect(throws: ProtocolViolation.tooLong(limit: 16)) {
      try replies(in: reply, piecesOf: size, limit: 16)
    }
  }

  @Test("a huge declared length is refused before it is there")
  func hugeBulk() {
    #expect(throws: ProtocolViolation.tooLong(limit: 1000)) {
      try replies(
        in: "$9000000000\r\n" + String(repeating: "x", count: 2000), piecesOf: 100, limit: 1000)
    }
  }

  @Test("what takes more room here than on the wire counts with the room that it takes here")
  func manyElements() throws {
    let elements = { (count: Int) in "*\(count)\r\n" + String(repeating: ":1\r\n", count: count) }
    #expect(try replies(in: elements(4000), piecesOf: 1000, limit: 65_536).count == 1)
    #expect(throws: ProtocolViolation.tooLong(limit: 65_536)) {
      try replies(in: elements(5000), piecesOf: 1000, limit: 65_536)
    }
  }

  @Test("a huge array is refused while its elements come in")
  func hugeArray() {
    #expect(throws: ProtocolViolation.tooLong(limit: 1000)) {
      try replies(
        in: "*2000000000\r\n" + String(repeating: ":1\r\n", count: 500), piecesOf: 100, limit: 1000)
    }
  }

  @Test("arrays nest seven deep and no deeper")
  func depth() throws {
    let seven = String(repeating: "*1\r\n", count: 7)
    #expect(try replies(in: seven + ":1\r\n") == ["[[[[[[[1]]]]]]]"])
    #expect(throws: ProtocolViolation.tooDeep(limit: 7)) {
      try replies(in: seven + "*1\r\n:1\r\n")
    }
  }

  @Test("what comes after a long reply is read as before")
  func afterLongReply() throws {
    let long = String(repeating: "y", count: 700_000)
    #expect(
      try replies(in: "$700000\r\n\(long)\r\n:1\r\n:2\r\n", piecesOf: 16384)
        == ["'\(long)'", "1", "2"])
  }
}
