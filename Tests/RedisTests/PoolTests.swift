import Loop
import Testing

@testable import Redis

/// A pool against a server that says what no Redis should, or nothing.
@Suite struct PoolTests {
  private let stage: Stage

  init() throws {
    stage = try Stage()
  }

  private let get = Command.get(Key("k"))

  private func fake(
    _ answer: @escaping (FakeServer.Client, [String]) -> Void = { _, _ in }
  ) throws -> FakeServer {
    try FakeServer.handshake(on: stage.loop, answer: answer)
  }

  /// Sends so many GETs at once; the answers appear in the box as they come.
  private func send(_ count: Int, to pool: Pool) -> Box {
    let box = Box()
    for _ in 0..<count {
      pool.send(get) { box.results.append($0.map { $0.integer }) }
    }
    return box
  }

  private final class Box {
    var results: [Result<Int64?, RedisError>] = []
    var errors: [RedisError] {
      results.compactMap { if case .failure(let error) = $0 { error } else { nil } }
    }
  }

  private func closings(_ reason: CloseReason) -> Int {
    stage.count { if case .closed(reason) = $0 { true } else { false } }
  }

  // MARK: - Writes

  @Test("all commands of a turn share one write")
  func oneWrite() throws {
    let server = try fake { client, _ in client.say(":1\r\n") }
    let pool = stage.pool(Endpoint(address: server.address))
    _ = try stage.ask(pool, get) { $0.integer }
    let before = server.reads
    let box = send(100, to: pool)
    try stage.turn { box.results.count == 100 }
    #expect(server.reads == before + 1)
    #expect(box.errors.isEmpty)
    try stage.close(pool)
  }

  @Test("a reply may arrive byte by byte")
  func byteByByte() throws {
    let server = try fake()
    let pool = stage.pool(Endpoint(address: server.address))
    let box = Box()
    pool.send(get) { box.results.append($0.map { $0[1][0].integer }) }
    try stage.turn { server.commands.count == 2 }
    for byte in Array("*2\r\n$5\r\nhe\r\nl\r\n*1\r\n:-42\r\n".utf8) {
      #expect(box.results.isEmpty)
      server.clients[0].say([byte])
      try stage.loop.turn(waitingAtMost: .seconds(5))
    }
    #expect(try box.results[0].get() == -42)
    try stage.close(pool)
  }

  // MARK: - What is no Redis

  @Test(
    "what no Redis says ends the connection and fails what is in flight",
    arguments: [
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "$9000000000\r\n" + String(repeating: "x", count: 2000),
      "*2000000000\r\n" + String(repeating: ":1\r\n", count: 500),
      String(repeating: "*1\r\n", count: 9) + ":1\r\n",
      "%1\r\n+a\r\n+b\r\n",
    ])
  func violations(text: String) throws {
    let server = try fake { client, _ in if client.commands == 2 { client.say(text) } }
    let pool = stage.pool(Endpoint(address: server.address)) { $0.maxReplyBytes = 1000 }
    let box = send(3, to: pool)
    try stage.turn { box.results.count == 3 }
    #expect(box.errors.map(\.kind) == [.protocolViolation, .protocolViolation, .protocolViolation])
    #expect(box.errors.allSatisfy { $0.mayHaveHappened })
    #expect(closings(.protocolViolation) == 1)
    try stage.close(pool)
  }

  @Test("a reply that nobody asked for ends the connection, and another is made")
  func unasked() throws {
    let server = try fake()
    let pool = stage.pool(Endpoint(address: server.address))
    try stage.turn { stage.count { if case .opened = $0 { true } else { false } } == 1 }
    server.clients[0].say("$5\r\nhello\r\n")
    try stage.turn { closings(.protocolViolation) == 1 && server.accepted == 2 }
    try stage.close(pool)
  }

  @Test("a server that closes its side has ended the connection")
  func halfClosed() throws {
    let server = try fake { client, _ in
      client.say(":7\r\n")
      client.halfClose()
    }
    let pool = stage.pool(Endpoint(address: server.address))
    let box = send(2, to: pool)
    try stage.turn { box.results.count == 2 }
    #expect(try box.results[0].get() == 7)
    #expect(
      box.errors == [.connectionLost("\(server.address): the other side closed the connection")])
    try stage.close(pool)
  }

  @Test("a server that accepts and says nothing is no connection, and no caller hangs")
  func silence() throws {
    let server = try FakeServer(on: stage.loop) { _, _ in }
    let pool = stage.pool(Endpoint(address: server.address)) {
      $0.connectTimeout = .milliseconds(20)
      $0.wait = .seconds(1)
    }
    let box = send(1, to: pool)
    try stage.turn { box.results.count == 1 }
    #expect(box.errors == [.unavailable("\(server.address) did not answer PING in time")])
    #expect(server.accepted >= 2)
    #expect(server.most == 1)
    try stage.close(pool)
  }

  @Test("a server that shakes hands and then says nothing is given up at the deadline")
  func silenceAfterHandshake() throws {
    let server = try fake()
    let pool = stage.pool(Endpoint(address: server.address)) { $0.timeout = .seconds(3) }
    let early = send(1, to: pool)
    try stage.turn { server.commands.count == 2 }
    var late: Box?
    // What is left of its own time is what this machine may take to notice.
    stage.loop.schedule(after: .seconds(1)) { late = send(1, to: pool) }
    try stage.turn { early.results.count == 1 && late?.results.count == 1 }
    #expect(early.errors == [.timeout])
    #expect(late?.errors == [.connectionLost("\(server.address) did not answer in time")])
    #expect(closings(.timeout) == 1)
    try stage.close(pool)
  }

  // MARK: - Addresses

  @Test("a name is resolved")
  func name() throws {
    let server = try fake { client, _ in client.say(":1\r\n") }
    guard case .tcp(_, let port) = server.address else { return }
    let pool = stage.pool(Endpoint(address: .tcp(host: "localhost", port: port)))
    #expect(try stage.ask(pool, get) { $0.integer } == .success(1))
    try stage.close(pool)
  }

  @Test(
    "where no server is, the error says so",
    arguments: [
      (SocketAddress.unix(path: "/nowhere/redis.sock"), "No such file or directory"),
      (.tcp(host: "127.0.0.1", port: 1), "Connection refused"),
      (.tcp(host: "no-such-host.invalid", port: 1), "cannot resolve"),
      (.unix(path: "/" + String(repeating: "x", count: 200)), "cannot resolve"),
    ])
  func noServer(address: SocketAddress, reason: String) throws {
    let pool = stage.pool(Endpoint(address: address)) { $0.wait = .milliseconds(50) }
    try stage.turn { stage.failedOpenings > 0 }
    guard case .failure(.unavailable(let sentence)) = try stage.ask(pool, get, read: \.kind) else {
      Issue.record("no server can have answered")
      return
    }
    #expect(sentence.contains(reason))
    try stage.close(pool)
  }

  // MARK: - Bounds

  @Test(
    "never more connections than allowed, never more in flight than allowed, first come first served"
  )
  func bounds() throws {
    var inFlight: [ObjectIdentifier: Int] = [:]
    var waiting: [FakeServer.Client] = []
    let server = try fake { client, _ in
      inFlight[ObjectIdentifier(client), default: 0] += 1
      #expect(inFlight[ObjectIdentifier(client), default: 0] <= 1)
      waiting.append(client)
    }
    let pool = stage.pool(Endpoint(address: server.address)) {
      $0.max = 3
      $0.pipelineDepth = 1
    }
    var order: [Int] = []
    for number in 0..<30 { pool.send(get) { _ in order.append(number) } }
    while order.count < 30 {
      try stage.turn { !waiting.isEmpty }
      let client = waiting.removeFirst()
      inFlight[ObjectIdentifier(client), default: 0] -= 1
      client.say(":1\r\n")
      let before = order.count
      try stage.turn { order.count == before + 1 }
    }
    #expect(order == order.sorted())
    #expect(server.most == 3)
    #expect(server.accepted == 3)
    try stage.close(pool)
  }

  @Test("who finds no room waits so long and no longer")
  func exhausted() throws {
    let server = try fake()
    let pool = stage.pool(Endpoint(address: server.address)) {
      $0.pipelineDepth = 2
      $0.wait = .milliseconds(20)
    }
    try stage.turn { stage.count { if case .opened = $0 { true } else { false } } == 1 }
    let box = send(5, to: pool)
    try stage.turn { box.results.count == 3 }
    #expect(box.errors == [.poolExhausted, .poolExhausted, .poolExhausted])
    #expect(stage.count { if case .waitTimedOut = $0 { true } else { false } } == 3)
    var waits: [Duration] = []
    for case .waited(let time) in stage.events { waits.append(time) }
    #expect(waits.count == 3)
    #expect(waits.allSatisfy { $0 >= .milliseconds(20) })
    try stage.close(pool)
  }

  @Test("occupancy is told whenever it changes, and every command ends in one event")
  func events() throws {
    let server = try fake { client, command in
      client.say(command[0] == "GET" ? ":1\r\n" : "-ERR no\r\n")
    }
    let pool = stage.pool(Endpoint(address: server.address)) { $0.pipelineDepth = 1 }
    var answers = 0
    pool.send(get) { _ in answers += 1 }
    pool.send(.zcard(Key("z"))) { _ in answers += 1 }
    try stage.turn { answers == 2 }
    var states: [[Int]] = []
    var ends: [String] = []
    for event in stage.events {
      switch event {
      case .occupancy(let now): states.append([now.used, now.idle, now.waiting])
      case .answered(let kind, nil, let time): ends.append("\(kind) \(time > .zero)")
      case .failed(let kind, nil, let error, let time):
        ends.append("\(kind) \(error.kind) \(time != nil)")
      default: break
      }
    }
    #expect(states == [[0, 0, 1], [0, 0, 2], [1, 0, 1], [1, 0, 0], [0, 1, 0]])
    #expect(ends == ["get true", "zcard server true"])
    try stage.close(pool)
    #expect(closings(.shutdown) == 1)
  }

  @Test("spare connections are closed when they have been idle for a while, kept ones stay")
  func idle() throws {
    let server = try fake { client, _ in client.say(":1\r\n") }
    let pool = stage.pool(Endpoint(address: server.address)) {
      $0.max = 3
      $0.pipelineDepth = 1
      $0.idleTimeout = .milliseconds(20)
    }
    let box = send(30, to: pool)
    try stage.turn { box.results.count == 30 && server.most == 3 }
    try stage.turn { closings(.idle) == 2 && server.open == 1 }
    #expect(try stage.ask(pool, get) { $0.integer } == .success(1))
    #expect(server.accepted == 3)
    try stage.close(pool)
  }

  // MARK: - Closing

  @Test("a closed pool fails what comes, but not before `send` has returned")
  func closed() throws {
    let server = try fake()
    let pool = stage.pool(Endpoint(address: server.address))
    let inFlight = send(1, to: pool)
    try stage.turn { server.commands.count == 2 }
    try stage.close(pool)
    #expect(inFlight.errors.map(\.kind) == [.connectionLost])
    let late = send(1, to: pool)
    #expect(late.results.isEmpty)
    try stage.turn { late.results.count == 1 }
    #expect(late.errors == [.unavailable("the pool is closed")])
    try stage.turn { server.open == 0 }
  }

  @Test("draining waits for what is in flight")
  func draining() throws {
    let server = try fake()
    let pool = stage.pool(Endpoint(address: server.address)) { $0.pipelineDepth = 1 }
    let inFlight = send(1, to: pool)
    try stage.turn { server.commands.count == 2 }
    let waiting = send(1, to: pool)
    var isClosed = false
    pool.close(draining: true) { isClosed = true }
    try stage.turn { waiting.results.count == 1 }
    #expect(waiting.errors == [.unavailable("the pool is closed")])
    #expect(!isClosed)
    server.clients[0].say(":5\r\n")
    try stage.turn { isClosed }
    #expect(try inFlight.results[0].get() == 5)
  }

  @Test("draining a Redis that says nothing ends at the deadline")
  func drainingSilence() throws {
    let server = try fake()
    let pool = stage.pool(Endpoint(address: server.address)) { $0.timeout = .milliseconds(20) }
    let box = send(1, to: pool)
    try stage.turn { server.commands.count == 2 }
    try stage.close(pool, draining: true)
    #expect(box.errors == [.timeout])
  }

  @Test("a completion may close the pool and still read its reply")
  func closedByCompletion() throws {
    let server = try fake { client, _ in client.say("$5\r\nhello\r\n") }
    let pool = stage.pool(Endpoint(address: server.address))
    var text: String?
    var others: [RedisError.Kind] = []
    pool.send(get) { result in
      pool.close()
      text = try? result.get().text
    }
    pool.send(get) { if case .failure(let error) = $0 { others.append(error.kind) } }
    try stage.turn { text != nil && others.count == 1 }
    #expect(text == "hello")
    #expect(others == [.connectionLost])
  }

  @Test("a pool that is closed while its name is looked up connects nowhere")
  func closedWhileResolving() throws {
    let server = try fake()
    guard case .tcp(_, let port) = server.address else { return }
    let endpoint = Endpoint(address: .tcp(host: "localhost", port: port))
    let pool = stage.pool(endpoint)
    try stage.close(pool)
    // Its own look-up was asked for first, so it has been answered when this one is.
    let other = stage.pool(endpoint)
    try stage.turn { stage.count { if case .opened = $0 { true } else { false } } == 1 }
    #expect(server.accepted == 1)
    try stage.close(other)
  }

  @Test("closing twice tells both")
  func closedTwice() throws {
    let server = try fake()
    let pool = stage.pool(Endpoint(address: server.address))
    let box = send(1, to: pool)
    try stage.turn { server.commands.count == 2 }
    var told = 0
    pool.close(draining: true) { told += 1 }
    pool.close { told += 1 }
    #expect(told == 0)
    try stage.turn { told == 2 }
    #expect(box.errors.map(\.kind) == [.connectionLost])
    try stage.close(pool)
  }

  @Test("a closed pool leaves nothing behind")
  func released() throws {
    let server = try fake { client, _ in client.say(":1\r\n") }
    weak var pool: Pool?
    do {
      let new = stage.pool(Endpoint(address: server.address))
      pool = new
      _ = try stage.ask(new, get) { $0.integer }
      try stage.close(new)
    }
    // The timer of the last command may still hold on to it.
    try stage.turn { pool == nil && server.open == 0 }
  }
}
