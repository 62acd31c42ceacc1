import Glibc
import HTTP
import Loop
import Testing

@Suite("An HTTP server")
struct HTTPServerTests {
  @Test("answers inside the handler's call")
  func answersAtOnce() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    let answer = try #require(client.get("/now?a=1"))
    #expect(answer.status == 200)
    #expect(answer.body == "GET /now a=1 ")
    #expect(answer.headers["content-type"] == "text/plain")
    #expect(answer.headers["content-length"] == "13")
    #expect(answer.headers["date"] != nil)
    #expect(answer.headers["connection"] == nil)
  }

  @Test("answers later in the turn, or in another one", arguments: ["/gather", "/later"])
  func answersLater(path: String) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    #expect(client.get(path)?.body == "GET \(path)  ")
  }

  @Test("answers many requests on one connection, at once and later by turns")
  func keepsAlive() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    for number in 0..<100 {
      let path = number.isMultiple(of: 2) ? "/now" : "/later"
      #expect(client.get("\(path)?\(number)")?.body == "GET \(path) \(number) ")
    }
    #expect(server.run { $0.opened } == 1)
  }

  @Test("answers pipelined requests in their order", arguments: ["/now", "/gather", "/later"])
  func answersPipelined(path: String) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    let requests = (0..<200).map { number in
      """
      POST \(path)?\(number) HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody
      """
    }
    client.send(requests.joined())
    for number in 0..<200 {
      #expect(client.answer()?.body == "POST \(path) \(number) body")
    }
  }

  @Test("reads a request that arrives byte by byte")
  func readsDribble() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    for byte in "POST /now?x HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc".utf8 {
      client.send([byte])
    }
    #expect(client.answer()?.body == "POST /now x abc")
  }

  @Test("holds a thousand requests and answers them all from another turn")
  func holdsManyRequests() throws {
    let server = try TestServer()
    let clients = (0..<1000).map { _ in Client(port: server.port) }
    for client in clients { client.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n") }
    server.wait { $0.server.exchangesInFlight == 1000 }
    #expect(server.run { $0.server.openConnections } == 1000)
    server.run { $0.answerHeld() }
    for client in clients { #expect(client.answer()?.body == "GET /hold  ") }
    #expect(server.run { $0.server.exchangesInFlight } == 0)
  }

  @Test("answers held requests in any order")
  func answersOutOfOrder() throws {
    let server = try TestServer()
    let first = Client(port: server.port)
    let second = Client(port: server.port)
    first.send("GET /hold?first HTTP/1.1\r\nHost: test\r\n\r\n")
    server.wait { $0.held.count == 1 }
    second.send("GET /hold?second HTTP/1.1\r\nHost: test\r\n\r\n")
    server.wait { $0.held.count == 2 }
    server.run { application in
      application.held.last?.respond(Response(status: 201))
    }
    #expect(second.answer()?.status == 201)
    server.run { $0.answerHeld() }
    #expect(first.answer()?.body == "GET /hold first ")
  }

  @Test("keeps a pipelined request back until the held one before it is answered")
  func keepsPipelinedBack() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\nGET /now HTTP/1.1\r\nHost: test\r\n\r\n")
    server.wait { $0.held.count == 1 }
    #expect(server.seen == ["GET /hold  "])
    server.run { $0.answerHeld() }
    #expect(client.answer()?.body == "GET /hold  ")
    #expect(client.answer()?.body == "GET /now  ")
  }

  @Test("takes the first of two answers")
  func takesFirstAnswer() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    #expect(client.get("/twice")?.body == "first")
    #expect(client.get("/now")?.body == "GET /now  ")
  }

  @Test("answers 500 for an exchange that is dropped, at once or later")
  func answersDropped() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    #expect(client.get("/drop")?.status == 500)
    client.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n")
    server.wait { $0.held.count == 1 }
    server.run { $0.dropHeld() }
    #expect(client.answer()?.status == 500)
    #expect(client.get("/now")?.status == 200)
  }

  @Test("answers HEAD with the headers of GET and no body")
  func answersHead() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("HEAD /now HTTP/1.1\r\nHost: test\r\n\r\n")
    let answer = try #require(client.answer(toHead: true))
    #expect(answer.headers["content-length"] == "\("HEAD /now  ".utf8.count)")
    #expect(client.get("/now")?.body == "GET /now  ")
  }

  @Test(
    "tells the handler the method",
    arguments: ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get", "M-SEARCH"])
  func tellsMethod(method: String) throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("\(method) /now HTTP/1.1\r\nHost: test\r\n\r\n")
    #expect(client.answer()?.body == "\(method) /now  ")
  }

  @Test("decodes nothing in the path and the query")
  func decodesNothing() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    let answer = client.get("/now%2Fx%00%7B+?q=%2541+%0d%0a&q")
    #expect(answer?.body == "GET /now%2Fx%00%7B+ q=%2541+%0d%0a&q ")
  }

  @Test("finds header fields in any case, trimmed, the first of several, also while suspended")
  func findsHeaders() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send(
      "GET /header?x-trace HTTP/1.1\r\nHost: test\r\nX-Trace: \t a b \t\r\nx-trace: c\r\n\r\n")
    #expect(client.answer()?.body == "<a b>")
    #expect(client.get("/header?x-trace")?.body == "none")
    client.send("GET /header?x-empty HTTP/1.1\r\nHost: test\r\nX-Empty:\r\n\r\n")
    #expect(client.answer()?.body == "<>")
    client.send("GET /hold HTTP/1.1\r\nHost: test\r\nX-Trace: held\r\n\r\n")
    server.wait { $0.held.count == 1 }
    #expect(server.run { $0.held[0].header("X-TRACE") } == "held")
    server.run { application in
      let exchange = application.held[0]
      application.answerHeld()
      #expect(exchange.isAnswered)
      #expect(exchange.header("X-Trace") == nil)
    }
    #expect(client.answer()?.status == 200)
  }

  @Test("closes when the client or the application asks for it")
  func closesOnRequest() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("GET /now HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    #expect(client.answer()?.closes == true)
    #expect(client.readToEnd() == "")
    let other = Client(port: server.port)
    #expect(other.get("/close")?.closes == true)
    #expect(other.readToEnd() == "")
    server.wait { $0.closed == 2 && $0.server.openConnections == 0 }
  }

  @Test("speaks HTTP/1.0: without a host, and closing unless asked to keep alive")
  func speaksOldHTTP() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("GET /now HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
    #expect(client.answer()?.headers["connection"] == "Keep-Alive")
    client.send("GET /now HTTP/1.0\r\n\r\n")
    #expect(client.answer()?.closes == true)
    #expect(client.readToEnd() == "")
  }

  @Test("writes an answer that no socket buffer holds")
  func writesHugeAnswer() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    #expect(client.get("/huge")?.body.utf8.count == 4 << 20)
    #expect(client.get("/now")?.status == 200)
  }

  @Test("shares a port with another server")
  func sharesPort() throws {
    let first = try TestServer()
    let second = try TestServer(at: .tcp(host: "127.0.0.1", port: first.port))
    for _ in 0..<64 {
      let client = Client(port: first.port)
      #expect(client.get("/now")?.status == 200)
    }
    #expect(first.run { $0.opened } > 0)
    #expect(second.run { $0.opened } > 0)
    #expect(first.seen.count + second.seen.count == 64)
  }

  @Test("accepts at its limit in the place of a client that sends nothing")
  func acceptsAtLimit() throws {
    var configuration = HTTPServer.Configuration()
    configuration.connectionLimit = 1
    let server = try TestServer(configuration: configuration)
    for _ in 0..<3 {
      let silent = Client(port: server.port)
      server.wait { $0.server.openConnections == 1 }
      let client = Client(port: server.port)
      #expect(client.get("/close")?.closes == true)
      #expect(silent.readToEnd() == "")
      server.wait { $0.server.openConnections == 0 }
    }
  }

  @Test("accepts again when a connection closes, if none could be closed for a new one")
  func acceptsAgain() throws {
    var configuration = HTTPServer.Configuration()
    configuration.connectionLimit = 1
    let server = try TestServer(configuration: configuration)
    let most = 1 + HTTPServer.Configuration.connectionReserve
    let held = (1...most).map { number in
      let client = Client(port: server.port)
      client.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n")
      server.wait { $0.held.count == number }
      return client
    }
    let waiting = Client(port: server.port)
    waiting.send("GET /now?waited HTTP/1.1\r\nHost: test\r\n\r\n")
    server.run { $0.answerHeld() }
    for client in held { #expect(client.answer()?.closes == true) }
    #expect(waiting.answer()?.body == "GET /now waited ")
  }

  @Test("says what is wrong when the listener cannot be used")
  func refusesBadListener() throws {
    let loop = try Loop()
    let file = Descriptor(owning: open("/dev/null", O_RDONLY | O_CLOEXEC))
    #expect(throws: HTTPServerError.refused(SystemError(call: "MHD_start_daemon", code: EPERM))) {
      _ = try HTTPServer(loop: loop, listener: Descriptor(owning: dup(file.raw))) { _ in }
    }
  }

  @Test("says what libmicrohttpd has refused by itself")
  func saysRefusals() throws {
    let server = try TestServer()
    let filler = String(repeating: "x", count: 40_000)
    for (request, status) in [
      ("GET /\(filler) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
      ("GET /now HTTP/1.1\r\nHost: a\r\nX: \(filler)\r\n\r\n", 431),
      ("GET /now HTTP/2.0\r\nHost: a\r\n\r\n", 505),
      ("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n", 400),
    ] {
      let client = Client(port: server.port)
      client.send(request)
      #expect(client.answer()?.status == status)
    }
    #expect(Client(port: server.port).get("/now")?.status == 200)
    #expect(server.run { $0.refused } == [414, 431, 505, 400])
  }
}
