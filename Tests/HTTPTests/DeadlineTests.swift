import HTTP
import Loop
import Testing

@Suite("A client that takes its time")
struct DeadlineTests {
  private let limit = Duration.milliseconds(300)
  private let long = Duration.seconds(3600)

  /// A server with one short limit.
  private func server(
    _ shorten: WritableKeyPath<HTTPServer.Configuration, Duration>
  ) throws -> TestServer {
    var configuration = HTTPServer.Configuration()
    configuration.headerTimeout = long
    configuration.bodyTimeout = long
    configuration.answerTimeout = long
    configuration.idleTimeout = long
    configuration[keyPath: shorten] = limit
    return try TestServer(configuration: configuration)
  }

  @Test(
    "is cut off when its header block is not complete in time, however it dribbles",
    arguments: ["", "GET /now HTTP/1.1\r\nHost: a\r\n"])
  func isCutOffInHeader(part: String) throws {
    let server = try server(\.headerTimeout)
    let start = Instant.now
    let client = Client(port: server.port)
    client.send(part)
    #expect(client.readToEnd() == "")
    #expect(Instant.now - start >= limit)
    server.wait { $0.server.openConnections == 0 }
  }

  @Test("is cut off in the header block of a later request")
  func isCutOffInLaterHeader() throws {
    let server = try server(\.headerTimeout)
    let client = Client(port: server.port)
    #expect(client.get("/now")?.status == 200)
    let start = Instant.now
    client.send("GET /now HTTP/1.1\r\nHost:")
    #expect(client.readToEnd() == "")
    #expect(Instant.now - start >= limit)
  }

  @Test("is cut off when its body is not complete in time")
  func isCutOffInBody() throws {
    let server = try server(\.bodyTimeout)
    let client = Client(port: server.port)
    let start = Instant.now
    client.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
    #expect(client.readToEnd() == "")
    #expect(Instant.now - start >= limit)
    #expect(server.seen == [])
  }

  @Test("is cut off when it idles between requests")
  func isCutOffIdle() throws {
    let server = try server(\.idleTimeout)
    let client = Client(port: server.port)
    let start = Instant.now
    #expect(client.get("/later")?.status == 200)
    #expect(client.readToEnd() == "")
    #expect(Instant.now - start >= limit)
  }

  @Test("is cut off when it does not read its answer")
  func isCutOffInAnswer() throws {
    let server = try server(\.answerTimeout)
    let client = Client(port: server.port)
    // More than the kernel takes for a client that does not read.
    client.send("GET /huge?32 HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait { $0.opened == 1 && $0.server.openConnections == 0 }
    #expect(client.readToEnd().utf8.count < 32 << 20)
  }

  @Test("keeps no connection where few are left, and is answered all the same")
  func isAnsweredAtLimit() throws {
    var configuration = HTTPServer.Configuration()
    configuration.connectionLimit = 20
    let server = try TestServer(configuration: configuration)
    let keepers = (0..<18).map { _ in Client(port: server.port) }
    for client in keepers { #expect(client.get("/now")?.closes == false) }
    for path in ["/now", "/later", "/gather"] {
      let guest = Client(port: server.port)
      let answer = guest.get(path)
      #expect(answer?.status == 200)
      #expect(answer?.closes == true)
      #expect(guest.readToEnd() == "")
    }
    #expect(keepers[0].get("/later")?.closes == false)
  }

  @Test("is not cut off while the application owes it the answer")
  func isNotCutOffInExchange() throws {
    var configuration = HTTPServer.Configuration()
    configuration.headerTimeout = .milliseconds(20)
    configuration.bodyTimeout = .milliseconds(20)
    configuration.answerTimeout = long
    configuration.idleTimeout = .milliseconds(20)
    let server = try TestServer(configuration: configuration)
    let held = Client(port: server.port)
    held.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait { $0.held.count == 1 }
    // One that idles is cut off twice in that time: the checks happen.
    for _ in 0..<2 {
      let idle = Client(port: server.port)
      #expect(idle.readToEnd() == "")
    }
    server.run { $0.answerHeld() }
    #expect(held.answer()?.status == 200)
  }
}
