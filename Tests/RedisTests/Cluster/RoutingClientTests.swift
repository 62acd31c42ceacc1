import Glibc
import Loop
import Testing

@testable import Redis

/// Clients before servers that say what a test wants; what real clusters say is seen elsewhere.
@Suite struct RoutingClientTests {
  /// What a test wants to hear and to be said.
  private final class Notes {
    var answers: [String: (FakeServer.Client, [String]) -> Void] = [:]
    var events: [RoutingEvent] = []
    var avoided: [SocketAddress?] = []
  }

  /// Two masters, which share the slots, and a client that knows them.
  private final class Cluster {
    let stage: Stage
    let a: FakeServer
    let b: FakeServer
    let client: RoutingClient
    private let notes = Notes()

    var events: [RoutingEvent] { notes.events }
    var avoided: [SocketAddress?] { notes.avoided }

    /// In slot 12182, which a serves.
    let foo = Key("foo")

    init(_ adjust: (inout RoutingClient.Settings) -> Void = { _ in }) throws {
      stage = try Stage()
      let notes = notes
      a = try FakeServer.handshake(on: stage.loop) { notes.answers["a"]?($0, $1) }
      b = try FakeServer.handshake(on: stage.loop) { notes.answers["b"]?($0, $1) }
      var settings = RoutingClient.Settings()
      // Where a machine is slow, no event may come of that.
      settings.pool.wait = .seconds(5)
      settings.pool.timeout = .seconds(5)
      adjust(&settings)
      client = RoutingClient(
        loop: stage.loop, resolver: stage.resolver, template: Endpoint(address: a.address),
        settings: settings, observe: { notes.events.append($0) }, observer: { _ in Silence() })
      client.wantsTopology = { notes.avoided.append($0) }
    }

    func does(_ name: String, _ answer: @escaping (FakeServer.Client, [String]) -> Void) {
      notes.answers[name] = answer
    }

    /// `a` serves the upper half, and `b` the lower one.
    func adoptBoth() { client.adopt(both) }

    var both: Topology {
      Topology(
        [
          .init(slots: 0...8191, master: b.address),
          .init(slots: 8192...16383, master: a.address),
        ], replicas: [])
    }

    func says(_ name: String, _ replies: String...) {
      var rest = replies[...]
      does(name) { client, words in
        if words == ["ASKING"] { return client.say("+OK\r\n") }
        client.say(rest.count > 1 ? rest.removeFirst() : rest.first ?? "+OK\r\n")
      }
    }

    func address(_ server: FakeServer) -> String { "\(server.address)" }

    func ask(_ command: Command) throws -> Result<Int64?, RedisError> {
      try stage.ask(client, command) { $0.integer }
    }

    deinit {
      client.close()
    }
  }

  private final class Silence: NodeObserver {
    func observe(_ event: PoolEvent) {}
    func circuitChanged(to state: CircuitBreaker.State) {}
    func retired() {}
  }

  private let script = Script(name: "one", source: Array("return 1".utf8))

  private func call(_ key: Key) -> Command { .evalsha(script, keys: [key], arguments: []) }

  /// The words of the commands that a server got, without handshakes.
  private func words(_ server: FakeServer) -> [String] {
    server.commands.filter { $0 != ["PING"] }.map { $0[0] }
  }

  @Test("sends a command to the node that serves its key")
  func routes() throws {
    let cluster = try Cluster()
    cluster.adoptBoth()
    cluster.says("a", ":1\r\n")
    cluster.says("b", ":2\r\n")
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 1)
    #expect(try cluster.ask(.zcard(Key("bar"))).get() == 2)
  }

  @Test("before it knows any node it fails at once, with the reason")
  func unknown() throws {
    let cluster = try Cluster()
    cluster.client.reasonForSilence = "nobody told"
    #expect(throws: RedisError.unavailable("nobody told")) {
      try cluster.ask(.zcard(cluster.foo)).get()
    }
    #expect(cluster.events.isEmpty)
  }

  @Test("of very many masters it connects to those alone that there is a command for")
  func manyMasters() throws {
    let cluster = try Cluster()
    let others = (0..<NodeTable.warmLimit).map { number in
      Topology.Range(
        slots: UInt16(number)...UInt16(number),
        master: .tcp(host: "127.1.0.1", port: UInt16(number + 1)))
    }
    cluster.client.adopt(
      Topology(others + [.init(slots: 8192...16383, master: cluster.a.address)], replicas: []))
    #expect(cluster.client.nodes.all.isEmpty)
    cluster.says("a", ":1\r\n")
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 1)
    #expect(cluster.client.nodes.all.map(\.endpoint.address) == [cluster.a.address])
    // A master that goes is let go, and another is found in its place.
    cluster.says("b", ":2\r\n")
    cluster.client.adopt(
      Topology(others + [.init(slots: 8192...16383, master: cluster.b.address)], replicas: []))
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 2)
    #expect(cluster.client.nodes.all.map(\.endpoint.address) == [cluster.b.address])
  }

  @Test("of very many masters, a few take the commands that any can take")
  func anyOfMany() throws {
    let cluster = try Cluster()
    let masters = (0..<3 * NodeTable.warmLimit).map { number in
      Topology.Range(
        slots: UInt16(number)...UInt16(number),
        master: .tcp(host: "127.1.0.1", port: UInt16(number + 1)))
    }
    cluster.client.adopt(Topology(masters, replicas: []))
    let asked = Set(
      masters.compactMap { _ in cluster.client.nodes.node(for: .ping) }.map(ObjectIdentifier.init))
    #expect(asked.count == NodeTable.warmLimit)
    #expect(cluster.client.nodes.all.count == NodeTable.warmLimit)
  }

  @Test("follows MOVED, remembers it, and asks for a newer topology")
  func moved() throws {
    let cluster = try Cluster()
    cluster.adoptBoth()
    cluster.says("a", "-MOVED 12182 \(cluster.address(cluster.b))\r\n")
    cluster.says("b", ":2\r\n")
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 2)
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 2)
    #expect(words(cluster.a).count == 1)
    #expect(cluster.events == [.redirected(.moved)])
    #expect(cluster.avoided == [nil])
  }

  @Test("follows ASK with ASKING, for this command alone")
  func ask() throws {
    let cluster = try Cluster()
    cluster.adoptBoth()
    cluster.says("a", "-ASK 12182 \(cluster.address(cluster.b))\r\n")
    cluster.says("b", ":2\r\n")
    for _ in 0..<2 { #expect(try cluster.ask(.zcard(cluster.foo)).get() == 2) }
    #expect(words(cluster.a) == ["ZCARD", "ZCARD"])
    #expect(words(cluster.b) == ["ASKING", "ZCARD", "ASKING", "ZCARD"])
    #expect(cluster.avoided.isEmpty)
  }

  @Test("says ASKING again when the script has to be loaded first")
  func askingAgain() throws {
    let cluster = try Cluster()
    cluster.adoptBoth()
    cluster.says("a", "-ASK 12182 \(cluster.address(cluster.b))\r\n")
    cluster.says("b", "-NOSCRIPT No matching script.\r\n", "$3\r\nsha\r\n", ":2\r\n")
    #expect(try cluster.ask(call(cluster.foo)).get() == 2)
    #expect(words(cluster.b) == ["ASKING", "EVALSHA", "SCRIPT", "ASKING", "EVALSHA"])
  }

  @Test("of ever new nodes that it is sent to, it knows a few at a time; a topology makes room")
  func everNewNodes() throws {
    let cluster = try Cluster()
    cluster.adoptBoth()
    var sent = 0
    cluster.does("a") { client, _ in
      sent += 1
      client.say("-MOVED 12182 127.1.\(sent / 250).\(1 + sent % 250):1\r\n")
    }
    var (answered, most) = (0, 0)
    for _ in 0..<60 { cluster.client.send(.zcard(cluster.foo)) { _ in answered += 1 } }
    try cluster.stage.turn {
      most = max(most, cluster.client.nodes.all.count)
      return answered == 60
    }
    #expect(most == 2 + NodeTable.strayLimit)
    #expect(sent > NodeTable.strayLimit)
    cluster.says("a", "-MOVED 12182 \(cluster.address(cluster.b))\r\n")
    cluster.says("b", ":2\r\n")
    cluster.client.adopt(cluster.both)
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 2)
  }

  @Test("two nodes that point at each other are not followed for ever")
  func circle() throws {
    let cluster = try Cluster()
    cluster.adoptBoth()
    cluster.says("a", "-MOVED 12182 \(cluster.address(cluster.b))\r\n")
    cluster.says("b", "-MOVED 12182 \(cluster.address(cluster.a))\r\n")
    let result = try cluster.ask(.zcard(cluster.foo))
    #expect(throws: RedisError.self) { try result.get() }
    #expect(cluster.events.count == 5)
  }

  @Test("what a node cannot do for a moment is done a moment later")
  func retries() throws {
    for (code, reason) in [
      ("LOADING", RetryReason.loading), ("CLUSTERDOWN", .clusterDown), ("READONLY", .readOnly),
      ("MASTERDOWN", .masterDown),
    ] {
      let cluster = try Cluster()
      cluster.adoptBoth()
      cluster.says("a", "-\(code) not now\r\n", "-\(code) not now\r\n", ":1\r\n")
      #expect(try cluster.ask(.zcard(cluster.foo)).get() == 1)
      #expect(cluster.events == [.retried(reason), .retried(reason)])
      #expect(!cluster.avoided.isEmpty)
    }
  }

  @Test("a command whose connection was lost is sent once more, also where there is one server")
  func lost() throws {
    let cluster = try Cluster()
    cluster.client.adopt(Topology(single: cluster.a.address))
    var losses = 1
    cluster.does("a") { [unowned cluster] client, _ in
      losses -= 1
      if losses >= 0 { cluster.a.drop(client) } else { client.say(":1\r\n") }
    }
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 1)
    #expect(cluster.events == [.retried(.connectionLost)])
  }

  @Test(
    "a server that has become a replica is connected to anew: its name may lead elsewhere by now")
  func renewed() throws {
    let cluster = try Cluster()
    cluster.client.adopt(Topology(single: cluster.a.address))
    cluster.does("a") { client, _ in
      client.say(client.commands == 2 && cluster.a.accepted == 1 ? "-READONLY no\r\n" : ":1\r\n")
    }
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 1)
    #expect(cluster.a.accepted == 2)
    try cluster.stage.turn { cluster.a.open == 1 }
  }

  @Test("no more is sent once more than a tenth of all, and what is not fails at once")
  func budget() throws {
    let cluster = try Cluster { $0.breaker = nil }
    cluster.adoptBoth()
    cluster.says("a", "-LOADING not now\r\n")
    for _ in 0..<50 { _ = try cluster.ask(.zcard(cluster.foo)) }
    #expect((50...60).contains(words(cluster.a).count))
    #expect(cluster.events.contains(.retryRefused))
  }

  @Test("what was never sent may be tried again however much else was, until its deadline")
  func unsent() throws {
    let cluster = try Cluster {
      $0.breaker = nil
      $0.pool.wait = .milliseconds(100)
    }
    cluster.client.adopt(Topology(single: .unix(path: "/nowhere")))
    var answers = 0
    for _ in 0..<100 { cluster.client.send(.zcard(cluster.foo)) { _ in answers += 1 } }
    try cluster.stage.turn { answers == 100 }
    #expect(cluster.events.contains(.retried(.unavailable)))
    #expect(!cluster.events.contains(.retryRefused))
  }

  @Test("a command is over at its deadline, whatever it waits for")
  func deadline() throws {
    let cluster = try Cluster()
    cluster.adoptBoth()
    cluster.says("a", "-TRYAGAIN not now\r\n")
    let began = Instant.now
    // It would never end by itself.
    let result = try cluster.ask(call(cluster.foo))
    #expect(throws: RedisError.self) { try result.get() }
    #expect(.now - began < .seconds(2))
    #expect(cluster.events.allSatisfy { $0 == .redirected(.tryAgain) })
  }

  @Test("while a slot is on its way, one command at a time asks whether it has arrived")
  func held() throws {
    let cluster = try Cluster()
    cluster.adoptBoth()
    var isMoving = true
    cluster.does("a") { client, _ in
      client.say(isMoving ? "-TRYAGAIN not now\r\n" : ":1\r\n")
    }
    var answers: [Int64?] = []
    func send(_ count: Int) {
      for _ in 0..<count {
        cluster.client.send(call(cluster.foo)) { answers.append((try? $0.get())?.integer) }
      }
    }
    send(1)
    try cluster.stage.turn { cluster.events.count == 1 }
    send(100)
    try cluster.stage.turn { cluster.events.count == 4 }
    #expect(words(cluster.a).count == 4)
    isMoving = false
    try cluster.stage.turn { answers.count == 101 }
    #expect(answers.allSatisfy { $0 == 1 })
    #expect(words(cluster.a).count == 105)
  }

  @Test("a node that is gone from the topology is let go, and one that is new is connected to")
  func topologies() throws {
    let cluster = try Cluster()
    cluster.client.adopt(Topology(single: cluster.a.address))
    try cluster.stage.turn { cluster.a.open == 1 }
    cluster.client.adopt(Topology(single: cluster.b.address))
    try cluster.stage.turn { cluster.a.open == 0 && cluster.b.open == 1 }
    cluster.says("b", ":2\r\n")
    #expect(try cluster.ask(.zcard(cluster.foo)).get() == 2)
  }

  @Test("what a node was asked before it was let go is still answered")
  func draining() throws {
    let cluster = try Cluster()
    cluster.client.adopt(Topology(single: cluster.a.address))
    var asked: FakeServer.Client?
    cluster.does("a") { client, _ in asked = client }
    var answer: Int64?
    cluster.client.send(.zcard(cluster.foo)) { answer = (try? $0.get())?.integer }
    try cluster.stage.turn { asked != nil }
    cluster.client.adopt(Topology(single: cluster.b.address))
    asked?.say(":1\r\n")
    try cluster.stage.turn { answer == 1 }
    try cluster.stage.turn { cluster.a.open == 0 }
  }

  @Test(
    "a node that cannot be reached makes it ask for a newer topology, which need not name that one")
  func unreachable() throws {
    let cluster = try Cluster()
    let nowhere = SocketAddress.unix(path: "/nowhere")
    cluster.client.adopt(Topology(single: nowhere))
    try cluster.stage.turn { cluster.avoided == [nowhere] }
    var answer: Int64?
    cluster.says("b", ":2\r\n")
    cluster.client.send(.zcard(cluster.foo)) { answer = (try? $0.get())?.integer }
    cluster.client.adopt(Topology(single: cluster.b.address))
    try cluster.stage.turn { answer == 2 }
  }

  @Test("one node's open breaker does not keep commands from another")
  func breakers() throws {
    let cluster = try Cluster { $0.breaker?.moment = .nanoseconds(1) }
    cluster.adoptBoth()
    cluster.says("a", "-BUSY a script runs\r\n")
    cluster.says("b", ":2\r\n")
    for _ in 0..<10 { _ = try cluster.ask(.zcard(cluster.foo)) }
    let result = try cluster.ask(.zcard(cluster.foo))
    #expect(throws: RedisError.circuitOpen) { try result.get() }
    #expect(try cluster.ask(.zcard(Key("bar"))).get() == 2)
  }

  @Test("a slow server opens its breaker; a loop that has much to do itself does not")
  func busyLoop() throws {
    let cluster = try Cluster {
      $0.breaker?.moment = .nanoseconds(1)
      $0.breaker?.slowAfter = .milliseconds(40)
    }
    cluster.adoptBoth()
    cluster.says("a", ":1\r\n")
    let loop = cluster.stage.loop
    for _ in 0..<12 {
      // One turn in which it sends, and one in which the reply lies there.
      loop.defer(to: .flush) {
        usleep(60_000)
        loop.defer(to: .flush) { usleep(60_000) }
      }
      #expect(try cluster.ask(.zcard(cluster.foo)).get() == 1)
    }

    cluster.does("a") { client, _ in
      loop.schedule(after: .milliseconds(60)) { client.say(":1\r\n") }
    }
    for _ in 0..<10 { _ = try cluster.ask(.zcard(cluster.foo)) }
    let result = try cluster.ask(.zcard(cluster.foo))
    #expect(throws: RedisError.circuitOpen) { try result.get() }
  }
}
