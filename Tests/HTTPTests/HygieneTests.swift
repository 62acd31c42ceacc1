import Testing

@testable import HTTP

/// Requests that servers have read in two ways. Each is followed by a second request, `/smuggled`,
/// which must not run where the first one is refused.
@Suite("A request that two servers could read differently")
struct HygieneTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let request: String
    /// With this libmicrohttpd; nil if it closes without an answer.
    var status: Int? { isStrict ? stricter[testDescription] ?? forgiven : forgiven }
    /// With libmicrohttpd 0.9.
    private let forgiven: Int

    init(_ description: String, _ request: String, _ status: Int = 400) {
      testDescription = description
      self.request = request
      forgiven = status
    }
  }

  /// What libmicrohttpd 1.0 makes of the cases that it refuses by itself, where that is something else:
  /// another status, or the end of the connection without one.
  static let stricter: [String: Int?] = [
    "an unknown coding": 400, "two codings": 400, "identity coding": 400,
    "an empty Transfer-Encoding": 400, "a NUL in the method": nil, "a NUL in the path": nil,
    "a NUL in the query": nil, "a NUL behind the target": nil, "a tab instead of a space": nil,
  ]

  static let framing = [
    Case(
      "an unknown coding",
      "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 411),
    Case(
      "white space behind the coding",
      "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n", 411),
    Case(
      "two codings",
      "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 411),
    Case(
      "chunked twice",
      """
      POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
      Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n
      """, 411),
    Case(
      "identity coding", "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 411
    ),
    Case(
      "two Transfer-Encodings",
      "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
      411),
    Case(
      "an empty Transfer-Encoding", "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n",
      411),
    Case(
      "Transfer-Encoding in HTTP/1.0", "POST /now HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
      411),
    Case(
      "Content-Length, then Transfer-Encoding",
      """
      POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n\
      0\r\n\r\nG
      """),
    Case(
      "Transfer-Encoding, then Content-Length",
      """
      POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n\
      0\r\n\r\nG
      """),
    Case(
      "two different Content-Lengths",
      "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n"),
    Case(
      "two equal Content-Lengths",
      "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"),
    Case("a list of lengths", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n"),
    Case("a signed length", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n"),
    Case("a negative length", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
    Case("a hexadecimal length", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n"),
    Case("no number at all", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n"),
    Case("an empty length", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"),
    Case("white space in a length", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 4 4\r\n\r\n"),
    Case(
      "a length beyond 64 bits",
      "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551661\r\n\r\n", 413),
    Case(
      "a length beyond 63 bits",
      "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775852\r\n\r\n", 413),
  ]

  static let fields = [
    Case(
      "a space before the colon", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length : 44\r\n\r\n"),
    Case("a tab before the colon", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length\t: 44\r\n\r\n"),
    Case(
      "a space before the name", "POST /now HTTP/1.1\r\nHost: a\r\n Content-Length: 44\r\n\r\n"),
    Case(
      "a folded length", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n 4\r\n\r\n"),
    Case(
      "a folded length with nothing on its line",
      "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 44\r\n\r\n"),
    Case(
      "a folded Transfer-Encoding",
      "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n"),
    Case(
      "a folded line of white space",
      "POST /now HTTP/1.1\r\nHost: a\r\nX: 1\r\n \r\nContent-Length: 44\r\n\r\n"),
    Case("a fold before the first field", "POST /now HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n"),
    Case("no colon", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length 44\r\n\r\n"),
    Case("no name", "POST /now HTTP/1.1\r\nHost: a\r\n: 44\r\n\r\n"),
    Case("a NUL in a name", "POST /now HTTP/1.1\r\nHost: a\r\nX\u{0}Y: 1\r\n\r\n"),
    Case(
      "a NUL before the name, which ends libmicrohttpd's header block",
      "POST /now HTTP/1.1\r\nHost: a\r\n\u{0}X: 1\r\nContent-Length: 44\r\n\r\n"),
    Case("a line that is a NUL", "POST /now HTTP/1.1\r\nHost: a\r\n\u{0}\r\n\r\n"),
    Case("a NUL in a length", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 0\u{0}44\r\n\r\n"),
    Case(
      "a NUL behind a length", "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 0\u{0}\r\n\r\n"),
    Case(
      "a value that looks like two fields behind it once it is parsed",
      "POST /now HTTP/1.1\r\nHost: a\u{0}\u{0}Content-Length\u{0}44\r\n\r\n"),
    Case("a NUL in a value", "GET /now HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n"),
    Case("a control character in a value", "GET /now HTTP/1.1\r\nHost: a\r\nX: a\u{1}b\r\n\r\n"),
    Case("a DEL in a value", "GET /now HTTP/1.1\r\nHost: a\r\nX: a\u{7F}b\r\n\r\n"),
    Case(
      "a bare CR in a value", "GET /now HTTP/1.1\r\nHost: a\r\nX: a\rContent-Length: 44\r\n\r\n"),
    Case("a bare CR before CR LF", "GET /now HTTP/1.1\r\nHost: a\r\nX: a\r\r\n\r\n"),
    Case("a name with a parenthesis", "GET /now HTTP/1.1\r\nHost: a\r\nX(): a\r\n\r\n"),
    Case(
      "a name that is not ASCII", "GET /now HTTP/1.1\r\nHost: a\r\nContent-Lengt\u{127}: 44\r\n\r\n"
    ),
    Case("a bare LF behind the request line", "GET /now HTTP/1.1\nHost: a\r\n\r\n"),
    Case(
      "a bare LF and a colon, which look like CR LF once they are parsed",
      "GET /now HTTP/1.1\n:Host\u{0} a\u{0}\n\r\n"),
    Case(
      "a bare LF and a colon behind a field",
      "GET /now HTTP/1.1\r\nHost: a\n:X\u{0} b\u{0}\n\r\n"),
    Case("a bare LF behind a field", "GET /now HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
    Case("a bare LF as the empty line", "GET /now HTTP/1.1\r\nHost: a\r\n\n"),
  ]

  static let lines = [
    Case("no Host", "GET /now HTTP/1.1\r\n\r\n"),
    Case("two Hosts", "GET /now HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    Case("two Hosts in one field", "GET /now HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    Case("two Hosts in HTTP/1.0", "GET /now HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    Case("a path in the Host", "GET /now HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    Case("a user in the Host", "GET /now HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    Case("a method that is no token", "G(T /now HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a NUL in the method", "GE\u{0}T /now HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a NUL in the path", "GET /now\u{0}/x HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a NUL in the query", "GET /now?a=\u{0}b HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a NUL behind the target", "GET /now\u{0} HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a space in the target", "GET /now x HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a tab in the target", "GET /now\tx HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a CR in the target", "GET /now\rx HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a letter that is not ASCII in the target", "GET /n\u{F6}w HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("two spaces before the target", "GET  /now HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("two spaces behind the target", "GET /now  HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a space behind the version", "GET /now HTTP/1.1 \r\nHost: a\r\n\r\n"),
    Case("a tab instead of a space", "GET\t/now HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a target that is no path", "GET now HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("the target of a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("no version", "GET /now\r\nHost: a\r\n\r\n"),
    Case("half a version", "GET /now HTTP/1\r\nHost: a\r\n\r\n"),
    Case("a version in small letters", "GET /now http/1.1\r\nHost: a\r\n\r\n"),
    Case("HTTP/0.9", "GET /now HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    Case("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
  ]

  @Test("is refused, and nothing after it runs", arguments: framing + fields + lines)
  func isRefused(_ hostile: Case) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send(hostile.request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
    let answer = client.answer()
    #expect(answer?.status == hostile.status)
    #expect(answer?.closes != false)
    // Behind the answer comes the end. (libmicrohttpd 0.9 writes the header of its own 400 for a malformed
    // Content-Length twice, so there may be more than nothing.)
    #expect(!client.readToEnd().contains("200 OK"))
    #expect(server.seen == [])
  }

  @Test("is refused when it comes byte by byte", arguments: framing + fields + lines)
  func isRefusedSlowly(_ hostile: Case) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    for byte in hostile.request.utf8 { client.send([byte]) }
    client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.answer()?.status == hostile.status)
    #expect(!client.readToEnd().contains("200 OK"))
    #expect(server.seen == [])
  }

  @Test("is refused as the second on a connection, too", arguments: framing + fields + lines)
  func isRefusedAsSecond(_ hostile: Case) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + hostile.request)
    #expect(client.answer()?.status == 200)
    client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.answer()?.status == hostile.status)
    #expect(!client.readToEnd().contains("200 OK"))
    #expect(server.seen == ["GET /later  "])
  }

  @Test("is another case with libmicrohttpd 1.0 only if that refuses it", arguments: stricter)
  func isStricter(name: String, status: Int?) throws {
    #expect((Self.framing + Self.fields + Self.lines).contains { $0.testDescription == name })
    #expect(status == nil || status == 400)
  }

  @Test("is counted when libmicrohttpd closes without an answer")
  func isCounted() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("GE\u{0}T /now HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.answer()?.status == (isStrict ? nil : 400))
    #expect(server.run { $0.refused } == (isStrict ? [400] : []))
  }

  @Test("does not begin behind two empty lines if libmicrohttpd is strict")
  func skipsEmptyLines() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.answer()?.body == (isStrict ? nil : "GET /now  "))
  }

  static let accepted = [
    Case("an empty line before the request line", "\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("no space behind the colon", "GET /now HTTP/1.1\r\nHost:a\r\n\r\n"),
    Case("much space around a value", "GET /now HTTP/1.1\r\nHost: \t a \t \r\n\r\n"),
    Case("an empty Host", "GET /now HTTP/1.1\r\nHost:\r\n\r\n"),
    Case("an address and a port as the Host", "GET /now HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
    Case("a value that is not ASCII", "GET /now HTTP/1.1\r\nHost: a\r\nX: \u{F6}\r\n\r\n"),
    Case(
      "a field that only sounds like one",
      "GET /now HTTP/1.1\r\nHost: a\r\nXContent-Length: 44\r\n\r\n"),
    Case("zeros before a length", "GET /now HTTP/1.1\r\nHost: a\r\nContent-Length: 000\r\n\r\n"),
    Case("the absolute form", "GET http://a:80/now HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case("a later version of HTTP/1", "GET /now HTTP/1.2\r\nHost: a\r\n\r\n"),
    Case("cookies", "GET /now HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=\"d\"; e\r\nCookie: =\r\n\r\n"),
    Case(
      "an upgrade that the server does not offer",
      """
      GET /now HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
      HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n
      """),
  ]

  @Test("is no reason to refuse what is well-formed", arguments: accepted)
  func isAccepted(_ sound: Case) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send(sound.request + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.answer()?.body == "GET /now  ")
    #expect(client.answer()?.body == "GET /next  ")
  }

  @Test("gets the application's own answer, which closes")
  func shapesRefusal() throws {
    let server = try TestServer()
    server.run { application in
      application.server.errorResponse = { request in
        let words = [
          "\(request.method)", request.header("X-Request-ID") ?? "no id", request.error.reason,
        ]
        return Response(
          status: request.error.status, headers: [("Content-Type", "application/json")],
          body: Array(words.joined(separator: ", ").utf8))
      }
    }
    let client = Client(port: server.port)
    client.send("PUT /now HTTP/1.1\r\nHost: a\r\nx-request-id: 7\r\nHost: b\r\n\r\n")
    let answer = try #require(client.answer())
    #expect(answer.body == "PUT, 7, there is more than one Host")
    #expect(answer.headers["content-type"] == "application/json")
    #expect(answer.closes)
    #expect(client.readToEnd() == "")
  }

  @Test("is refused when its header block or its target is too long")
  func refusesTooLong() throws {
    let server = try TestServer()
    let filler = String(repeating: "x", count: 40_000)
    let first = Client(port: server.port)
    first.send("GET /now HTTP/1.1\r\nHost: a\r\nX: \(filler)\r\n\r\n")
    #expect(first.answer()?.status == 431)
    let second = Client(port: server.port)
    second.send("GET /\(filler) HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(second.answer()?.status == 414)
    #expect(server.seen == [])
  }
}
