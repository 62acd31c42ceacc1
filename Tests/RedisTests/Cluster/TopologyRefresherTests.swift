import Loop
import Testing

@testable import Redis

/// A refresher that asks servers which say what a test wants.
@Suite struct TopologyRefresherTests {
  private final class Notes {
    var topologies: [Topology] = []
    var outcomes: [TopologyRefresher.Outcome] = []
    var problems: [String] = []
  }

  private let stage: Stage
  private let notes = Notes()

  init() throws {
    stage = try Stage()
  }

  private func refresher(
    _ kind: Deployment.Kind, _ addresses: [SocketAddress], _ credentials: Credentials? = nil
  ) -> TopologyRefresher {
    var events = TopologyRefresher.Events()
    events.changed = { [notes] in notes.topologies.append($0) }
    events.ended = { [notes] outcome, problem in
      notes.outcomes.append(outcome)
      if let problem { notes.problems.append(problem) }
    }
    return TopologyRefresher(
      loop: stage.loop, resolver: stage.resolver,
      deployment: Deployment(kind, addresses, credentials), connectTimeout: .seconds(5),
      timeout: .seconds(5), events: events)
  }

  private func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

  /// `CLUSTER SLOTS` of a cluster with one master.
  private func slots(_ master: SocketAddress) -> String {
    guard case .tcp(let host, let port) = master else { return "" }
    return "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n\(bulk(host)):\(port)\r\n"
  }

  /// What a sentinel says of a master.
  private func named(_ master: SocketAddress) -> String {
    guard case .tcp(let host, let port) = master else { return "" }
    return "*2\r\n\(bulk(host))\(bulk("\(port)"))"
  }

  private let isMaster = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"
  private let isReplica = "*5\r\n$5\r\nslave\r\n$1\r\na\r\n:1\r\n$9\r\nconnected\r\n:1\r\n"
  private let nowhere = SocketAddress.unix(path: "/nowhere")

  @Test("asks one after the other until one knows")
  func seeds() throws {
    let other = try FakeServer.handshake(on: stage.loop) { client, _ in
      client.say("-ERR This instance has cluster support disabled\r\n")
    }
    let node = try FakeServer.handshake(on: stage.loop) { client, _ in
      client.say(slots(.tcp(host: "a", port: 7000)))
    }
    let refresher = refresher(.cluster, [nowhere, other.address, node.address])
    refresher.start()
    try stage.turn { !notes.topologies.isEmpty }
    #expect(notes.topologies[0].masters == [.tcp(host: "a", port: 7000)])
    #expect(notes.outcomes == [.changed])
    #expect(other.commands.last == ["CLUSTER", "SLOTS"])
    refresher.close()
  }

  @Test("when no server answers it says why, and tries again")
  func noServerAnswers() throws {
    let other = try FakeServer.handshake(on: stage.loop) { client, _ in
      client.say("-ERR This instance has cluster support disabled\r\n")
    }
    let refresher = refresher(.cluster, [nowhere, other.address])
    refresher.start()
    try stage.turn { notes.outcomes == [.failed, .failed] }
    for problem in notes.problems {
      #expect(problem.hasPrefix("\(other.address): Redis answered ERR This instance"))
    }
    refresher.close()
  }

  @Test(
    "a client in trouble has it ask again, on the connection it has, a second later at the soonest"
  )
  func trouble() throws {
    var master = SocketAddress.tcp(host: "a", port: 7000)
    let node = try FakeServer.handshake(on: stage.loop) { client, _ in client.say(slots(master)) }
    let refresher = refresher(.cluster, [node.address])
    let began = Instant.now
    refresher.start()
    try stage.turn { notes.topologies.count == 1 }
    master = .tcp(host: "b", port: 7001)
    for _ in 0..<10 { refresher.wanted(avoiding: .tcp(host: "a", port: 7000)) }
    try stage.turn { notes.topologies.count == 2 }
    #expect(.now - began >= .seconds(1))
    #expect(notes.topologies[1].masters == [master])
    #expect(node.commands == [["PING"], ["CLUSTER", "SLOTS"], ["CLUSTER", "SLOTS"]])
    refresher.close()
  }

  @Test("whom sentinels name must say itself that it is the master, and is asked for every second")
  func sentinel() throws {
    var role = isReplica
    let server = try FakeServer.handshake(on: stage.loop) { client, _ in client.say(role) }
    let sentinel = try FakeServer.handshake(on: stage.loop) { client, words in
      client.say(words.last == "shop" ? named(server.address) : "*-1\r\n")
    }
    let refresher = refresher(.sentinel(master: "shop"), [sentinel.address])
    refresher.start()
    try stage.turn { notes.outcomes == [.failed] }
    #expect(notes.problems == ["\(server.address) is no master, though a sentinel says so"])
    role = isMaster
    try stage.turn { notes.topologies == [Topology(single: server.address)] }
    try stage.turn { notes.outcomes == [.failed, .changed, .unchanged] }
    // In peace the master itself is left alone.
    #expect(server.commands.filter { $0 == ["ROLE"] }.count == 2)
    refresher.close()
  }

  @Test("a master that sentinels do not know is said to be unknown")
  func unknownMaster() throws {
    let sentinel = try FakeServer.handshake(on: stage.loop) { client, _ in client.say("*-1\r\n") }
    let refresher = refresher(.sentinel(master: "shop"), [sentinel.address])
    refresher.start()
    try stage.turn { notes.outcomes == [.failed] }
    #expect(notes.problems == ["\(sentinel.address) knows of no master that is called shop"])
    refresher.close()
  }

  @Test("sentinels are told the password only if they do not answer without")
  func password() throws {
    let server = try FakeServer.handshake(on: stage.loop) { client, words in
      client.say(words[0] == "AUTH" ? "+OK\r\n" : isMaster)
    }
    var admitted = false
    let sentinel = try FakeServer(on: stage.loop) { client, words in
      if words == ["AUTH", "secret"] { admitted = true }
      client.say(
        words[0] == "AUTH"
          ? "+OK\r\n"
          : !admitted
            ? "-NOAUTH Authentication required.\r\n"
            : words == ["PING"] ? "+PONG\r\n" : named(server.address))
    }
    let refresher = refresher(
      .sentinel(master: "shop"), [sentinel.address], Credentials(password: "secret"))
    refresher.start()
    try stage.turn { notes.topologies == [Topology(single: server.address)] }
    #expect(sentinel.commands.map { $0[0] } == ["PING", "AUTH", "PING", "SENTINEL"])
    #expect(server.commands.map { $0[0] } == ["AUTH", "PING", "ROLE"])
    refresher.close()
  }
}
