import HTTP
import Testing

@Suite("A client that goes away")
struct ClientGoneTests {
  @Test("while its request is held costs nothing but the answer")
  func whileHeld() throws {
    let server = try TestServer()
    do {
      let client = Client(port: server.port)
      client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
      server.wait { $0.held.count == 1 }
    }
    // Nobody looks at a resting connection.
    #expect(server.run { $0.server.openConnections } == 1)
    server.run { $0.answerHeld() }
    server.wait { $0.server.openConnections == 0 && $0.closed == 1 }
    #expect(Client(port: server.port).get("/now")?.status == 200)
  }

  @Test("while its request is held may have its exchange dropped")
  func whileDropped() throws {
    let server = try TestServer()
    do {
      let client = Client(port: server.port)
      client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
      server.wait { $0.held.count == 1 }
    }
    server.run { $0.dropHeld() }
    server.wait { $0.server.openConnections == 0 }
  }

  @Test("in a crowd leaves the others their answers")
  func inCrowd() throws {
    let server = try TestServer()
    var clients = (0..<100).map { _ in Client(port: server.port) }
    for client in clients { client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n") }
    server.wait { $0.held.count == 100 }
    clients.removeFirst(50)
    server.run { $0.answerHeld() }
    for client in clients { #expect(client.answer()?.status == 200) }
    server.wait { $0.server.openConnections == 50 }
  }

  @Test("at any byte of its request is forgotten, at the latest when the time for it is up")
  func atAnyByte() throws {
    var configuration = HTTPServer.Configuration()
    configuration.headerTimeout = .milliseconds(200)
    configuration.bodyTimeout = .milliseconds(200)
    let server = try TestServer(configuration: configuration)
    let request = Array("POST /now?x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbod".utf8)
    for count in request.indices {
      let client = Client(port: server.port)
      client.send(Array(request[..<count]))
    }
    server.wait { $0.opened == request.count && $0.server.openConnections == 0 }
    #expect(server.seen == [])
  }

  @Test("before it reads its answer is forgotten")
  func beforeAnswer() throws {
    let server = try TestServer()
    do {
      let client = Client(port: server.port)
      client.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n")
      server.wait { $0.seen.count == 1 }
    }
    server.wait { $0.server.openConnections == 0 }
  }

  @Test("on its sending side only gets an answer that was given at once")
  func halfClosed() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
    client.finishSending()
    #expect(client.answer()?.body == "GET /now  ")
  }
}
