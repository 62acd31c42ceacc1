import HTTP
import Testing

@Suite("A request's body")
struct BodyTests {
  private let limit = 16 * 1024

  private func post(_ path: String, _ body: String, _ fields: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
  }

  @Test("may be as long as the limit", arguments: ["/now", "/later"])
  func mayBeLong(path: String) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    let body = String(repeating: "x", count: limit)
    client.send(post(path, body))
    #expect(client.answer()?.body == "POST \(path)  \(body)")
    client.send(post(path, "y"))
    #expect(client.answer()?.body == "POST \(path)  y")
  }

  @Test("is refused unread when it is declared longer")
  func isRefused() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: \(limit + 1)\r\n\r\n")
    let answer = try #require(client.answer())
    #expect(answer.status == 413)
    #expect(answer.closes)
    #expect(client.readToEnd() == "")
    #expect(server.seen == [])
  }

  @Test("is refused though it was sent, and is not taken for a request")
  func isNoRequest() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    let smuggled = String(repeating: "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", count: 500)
    client.send(post("/now", smuggled))
    #expect(client.answer()?.status == 413)
    #expect(!client.readToEnd().contains("200 OK"))
    #expect(server.seen == [])
  }

  @Test("is ruled on by its sender, before it is read")
  func isRuledOn() throws {
    var configuration = HTTPServer.Configuration()
    configuration.ruleBody = { head in
      guard head.path == "/now", head.method == .put else { return .upTo(10) }
      return head.authorization == "Bearer me"
        ? .upTo(1 << 20) : .refused(Response(status: 401, body: Array("who?".utf8)))
    }
    let server = try TestServer(configuration: configuration)
    func answer(_ method: String, _ field: String, length: Int, sends: Bool = true) -> Client
      .Answer?
    {
      let client = Client(port: server.port)
      let body = sends ? String(repeating: "x", count: length) : ""
      client.send(
        "\(method) /now HTTP/1.1\r\nHost: a\r\n\(field)Content-Length: \(length)\r\n\r\n\(body)")
      return client.answer()
    }
    let long = answer("PUT", "Authorization: Bearer me\r\n", length: 300_000)
    #expect(long?.status == 200)
    #expect(long?.body.utf8.count == "PUT /now  ".utf8.count + 300_000)
    for field in ["", "Authorization: Bearer you\r\n"] {
      let refused = answer("PUT", field, length: 300_000, sends: false)
      #expect(refused?.status == 401 && refused?.closes == true)
      #expect(answer("PUT", field, length: 0)?.status == 401)
    }
    #expect(
      answer("PUT", "Authorization: Bearer me\r\n", length: 2 << 20, sends: false)?.status == 413)
    #expect(answer("POST", "", length: 10)?.status == 200)
    #expect(answer("POST", "", length: 11, sends: false)?.status == 413)
    #expect(server.seen.count == 2)
  }

  @Test("may be empty, with or without a length")
  func mayBeEmpty() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    #expect(client.answer()?.body == "POST /now  ")
    client.send("POST /now HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.answer()?.body == "POST /now  ")
  }

  @Test("belongs to any method")
  func belongsToAnyMethod() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("GET /now HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
    #expect(client.answer()?.body == "GET /now  abc")
  }

  @Test("is asked for with 100 when the client waits for that")
  func isAskedFor() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send(
      "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    #expect(client.answer()?.status == 100)
    client.send("body")
    #expect(client.answer()?.body == "POST /later  body")
  }

  @Test("is refused with 413 and not asked for when the client waits for that")
  func isNotAskedFor() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send(
      """
      POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: \(limit + 1)\r\n\
      Expect: 100-continue\r\n\r\n
      """)
    #expect(client.answer()?.status == 413)
    #expect(client.readToEnd() == "")
  }

  @Test("that stops halfway makes no request")
  func isIncomplete() throws {
    var configuration = HTTPServer.Configuration()
    configuration.bodyTimeout = .milliseconds(200)
    let server = try TestServer(configuration: configuration)
    do {
      let client = Client(port: server.port)
      client.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
      server.wait { $0.opened == 1 }
    }
    server.wait { $0.server.openConnections == 0 }
    #expect(server.seen == [])
  }
}
