import Glibc
import HTTP
import Loop
import Testing

@Suite("A server that stops")
struct StoppingTests {
  @Test("answers what it has, closes each connection after that, and takes no new ones")
  func drains() throws {
    let server = try TestServer()
    let idle = Client(port: server.port)
    #expect(idle.get("/now")?.closes == false)
    let silent = Client(port: server.port)
    let held = Client(port: server.port)
    held.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait { $0.held.count == 1 && $0.opened == 3 }

    server.run { $0.server.stopListening() }
    #expect(idle.readToEnd() == "")
    #expect(silent.readToEnd() == "")
    #expect(Client(port: server.port).isConnected == false)
    server.wait { $0.server.openConnections == 1 }
    #expect(server.run { $0.server.exchangesInFlight } == 1)

    server.run { $0.answerHeld() }
    #expect(held.answer()?.closes == true)
    #expect(held.readToEnd() == "")
    server.wait { $0.server.openConnections == 0 && $0.closed == 3 }
    #expect(server.seen == ["GET /now  ", "GET /hold  "])
  }

  @Test("still serves a request that is arriving when it stops listening")
  func servesArriving() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
    server.wait { $0.opened == 1 }
    // The request line has been read when a second client, which came later, has its answer.
    #expect(Client(port: server.port).get("/now")?.status == 200)
    server.run { $0.server.stopListening() }
    client.send("dy")
    let answer = try #require(client.answer())
    #expect(answer.body == "POST /later  body")
    #expect(answer.closes)
    server.wait { $0.server.openConnections == 0 }
  }

  @Test("serves a request that the kernel had when it stopped listening")
  func servesUnread() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    #expect(client.get("/now")?.status == 200)
    server.run { [descriptor = client.descriptor] application in
      let request = Array("GET /now?unread HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
      #expect(write(descriptor, request, request.count) == request.count)
      application.server.stopListening()
    }
    let answer = try #require(client.answer())
    #expect(answer.body == "GET /now unread ")
    #expect(answer.closes)
  }

  @Test("serves clients that had connected and asked when it stopped listening, accepted or not")
  func servesUnaccepted() throws {
    let server = try TestServer()
    let port = server.port
    let descriptors = server.run { application in
      // The loop, which would accept them, is busy with this.
      let descriptors = (0..<35).map { number in
        let client = Client(port: port)
        client.send("GET /now?\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
        return dup(client.descriptor)
      }
      #expect(application.opened == 0)
      application.server.stopListening()
      return descriptors
    }
    for (number, descriptor) in descriptors.enumerated() {
      let answer = try #require(Client(descriptor: descriptor).answer())
      #expect(answer.body == "GET /now \(number) ")
      #expect(answer.closes)
    }
    #expect(Client(port: port).isConnected == false)
    server.wait { $0.server.openConnections == 0 }
  }

  @Test("ends a drain although an answer before it promised to keep the connection")
  func endsDrainAfterPromise() throws {
    let server = try TestServer()
    let client = Client(port: server.port)
    client.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait { $0.seen.count == 1 }
    server.run { $0.server.stopListening() }
    let answer = try #require(client.answer())
    #expect(answer.closes == false)
    #expect(answer.body.utf8.count == 4 << 20)
    #expect(client.readToEnd() == "")
    server.wait { $0.server.openConnections == 0 }
  }

  @Test("closes everything at once, and forgets answers that come later")
  func stopsAtOnce() throws {
    let server = try TestServer()
    let idle = Client(port: server.port)
    #expect(idle.get("/now")?.status == 200)
    let arriving = Client(port: server.port)
    arriving.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
    let held = Client(port: server.port)
    held.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait { $0.held.count == 1 && $0.opened == 3 }

    server.run { application in
      application.server.stop()
      #expect(application.server.openConnections == 0)
      #expect(application.server.exchangesInFlight == 0)
      #expect(application.closed == 3)
      #expect(application.held[0].header("Host") == nil)
      application.answerHeld()
      application.server.stopListening()
      application.server.stop()
    }
    for client in [idle, arriving, held] { #expect(client.readToEnd() == "") }
    #expect(Client(port: server.port).isConnected == false)
  }

  @Test("drops exchanges without harm after the stop")
  func dropsAfterStop() throws {
    let server = try TestServer()
    let held = Client(port: server.port)
    held.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait { $0.held.count == 1 }
    server.run { application in
      application.server.stop()
      application.dropHeld()
    }
    #expect(held.readToEnd() == "")
  }

  @Test(
    "may be stopped by a handler, and between a handler's call and the suspension",
    arguments: ["/stop", "/stop-gather"])
  func stopsInHandler(path: String) throws {
    let server = try TestServer()
    let held = Client(port: server.port)
    held.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait { $0.held.count == 1 }
    let client = Client(port: server.port)
    client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = client.readToEnd()
    #expect(held.readToEnd() == "")
    server.wait { $0.server.openConnections == 0 && $0.closed == 2 }
  }

  @Test("is freed with all it held")
  func isFreed() throws {
    let loop = try Loop()
    let address = try #require(ResolvedAddress(literal: .tcp(host: "127.0.0.1", port: 0)))
    weak var freed: HTTPServer?
    do {
      let server = try HTTPServer(loop: loop, listener: Socket.listen(at: address, shared: false)) {
        _ in
      }
      freed = server
      try loop.turn(waitingAtMost: .zero)
      server.stop()
    }
    try loop.turn(waitingAtMost: .zero)
    #expect(freed == nil)
  }
}
