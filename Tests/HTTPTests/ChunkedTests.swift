import Testing

@testable import HTTP

@Suite("A body of chunks")
struct ChunkedTests {
  private static let head = "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
  private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

  /// With the body that each is.
  static let sound = [
    ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
    ("2\r\nhe\r\n003\r\nllo\r\n000\r\n\r\n", "hello"),
    ("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
    ("5\r\nhello\r\n0\r\nTrailer: x\r\nContent-Length: 44\r\nHost: b\r\n\r\n", "hello"),
    ("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"),
  ]

  /// What another server may read otherwise, and libmicrohttpd 0.9 forgives. 1.0 refuses it with 400: bare
  /// LFs and folds because it is strict, and each extension because it takes the LF behind it for the
  /// chunk's first byte.
  static let forgiven = [
    ("5;name=value\r\nhello\r\n0;last\r\n\r\n", "hello"),
    ("5;\u{1} \r; \r\nhello\r\n0\r\n\r\n", "hello"),
    ("5\nhello\n0\n\n", "hello"), ("5;a\nhello\r\n0\r\n\n", "hello"),
    ("5\r\nhello\r\n0\r\nTrailer: x\r\n folded\r\n\r\n", "hello"),
  ]

  /// The bodies that this libmicrohttpd decodes, and those that it refuses because it is strict.
  static let bodies = sound + (isStrict ? [] : forgiven)
  static let unforgiven = isStrict ? forgiven : []

  @Test(
    "is refused, and nothing after it runs, where libmicrohttpd is strict", arguments: unforgiven)
  func isUnforgiven(chunks: String, body: String) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("\(Self.head)\r\n\(chunks)\(Self.smuggled)")
    let answer = client.answer()
    #expect(answer?.status == 400)
    #expect(answer?.closes == true)
    #expect(!client.readToEnd().contains("200 OK"))
    #expect(server.seen == [])
    #expect(server.run { $0.refused } == [400])
  }

  @Test("is decoded, and nothing after it runs", arguments: bodies)
  func isDecoded(chunks: String, body: String) throws {
    let server = try TestServer()
    for fields in ["", "Expect: 100-continue\r\n", "Connection: keep-alive\r\n"] {
      let client = Client(port: server.port)
      client.send("\(Self.head)\(fields)\r\n\(chunks)\(Self.smuggled)")
      var answer = client.answer()
      if answer?.status == 100 { answer = client.answer() }
      #expect(answer?.body == "POST /now  \(body)")
      #expect(answer?.closes == true)
      #expect(client.readToEnd() == "")
    }
    #expect(server.seen == Array(repeating: "POST /now  \(body)", count: 3))
  }

  @Test("is decoded when it comes byte by byte, and answered later", arguments: bodies)
  func isDecodedSlowly(chunks: String, body: String) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send(Self.head.replacing("/now", with: "/later") + "\r\n")
    for byte in chunks.utf8 { client.send([byte]) }
    client.send(Self.smuggled)
    let answer = client.answer()
    #expect(answer?.body == "POST /later  \(body)")
    #expect(answer?.closes == true)
    #expect(!client.readToEnd().contains("200 OK"))
    #expect(server.seen == ["POST /later  \(body)"])
  }

  @Test(
    "is refused when its framing is malformed, and nothing after it runs",
    arguments: [
      ("\r\n", 400), (";a\r\nhello", 400), ("x\r\n", 400), ("-1\r\n", 400),
      ("+5\r\nhello\r\n", 400),
      ("0x5\r\nhello\r\n", 400), (" 5\r\nhello\r\n", 400), ("5 \r\nhello\r\n", 400),
      ("5 ;a\r\nhello\r\n", 400), ("5\rhello\r\n", 400), ("5\r\nhello0\r\n\r\n", 400),
      ("5\r\nhello\r0\r\n\r\n", 400), ("5\r\nhello\r\n\r\n", 400), ("5\u{0}\r\nhello\r\n", 400),
      ("FFFFFFFFFFFFFFFFF\r\n", 413),
    ])
  func isRefused(chunks: String, status: Int) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("\(Self.head)\r\n\(chunks)\(Self.smuggled)")
    let answer = client.answer()
    #expect(answer?.status == status)
    #expect(answer?.closes == true)
    #expect(!client.readToEnd().contains("200 OK"))
    #expect(server.seen == [])
    #expect(server.run { $0.refused } == [status])
  }

  @Test("may be as long as the limit, and is refused as soon as it is longer")
  func isLimited() throws {
    let server = try TestServer()
    let most = String(repeating: "x", count: 16 * 1024)
    let longest = Client(port: server.port)
    longest.send("\(Self.head)\r\n4000\r\n\(most)\r\n0\r\n\r\n")
    #expect(longest.answer()?.body == "POST /now  \(most)")

    // No last chunk comes.
    let tooLong = Client(port: server.port)
    tooLong.send("\(Self.head)\r\n2000\r\n\(most.prefix(0x2000))\r\n2001\r\n\(most.prefix(0x2001))")
    let answer = try #require(tooLong.answer())
    #expect(answer.status == 413)
    #expect(answer.closes)
    #expect(answer.body == "the body is longer than 16384 bytes\n")
    #expect(tooLong.readToEnd() == "")
    tooLong.send("\r\n0\r\n\r\n\(Self.smuggled)")
    server.wait { $0.server.openConnections == 0 }
    #expect(server.seen == ["POST /now  \(most)"])
  }

  @Test("that does not end when it is refused is read until its time is up")
  func isReadToItsEnd() throws {
    var configuration = HTTPServer.Configuration()
    configuration.bodyLimit = 10
    configuration.bodyTimeout = .milliseconds(300)
    let server = try TestServer(configuration: configuration)
    let client = Client(port: server.port)
    client.send("\(Self.head)\r\nFFFFFF\r\nhello, world")
    #expect(client.answer()?.status == 413)
    for _ in 0..<100 { client.send("and so on") }
    server.wait { $0.server.openConnections == 0 }
    #expect(server.seen == [])
  }

  @Test(
    "whose framing does not end keeps the loop idle until its time is up",
    arguments: ["5;", "0\r\nX: "], [true, false])
  func doesNotSpin(chunks: String, ends: Bool) throws {
    var configuration = HTTPServer.Configuration()
    configuration.bodyTimeout = .milliseconds(500)
    let server = try TestServer(configuration: configuration)
    let client = Client(port: server.port)
    client.send("\(Self.head)\r\n\(chunks)")
    client.send(String(repeating: "x", count: 40_000))
    if ends { client.finishSending() }
    server.wait { $0.opened == 1 && $0.server.openConnections == 0 }
    #expect(server.run { $0.turns } < 2000)
    #expect(server.seen == [])
  }
}
