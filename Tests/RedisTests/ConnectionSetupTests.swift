import Loop
import Testing

@testable import Redis

@Suite struct ConnectionSetupTests {
  private typealias Action = ConnectionSetup.Action

  private static let credentials = Credentials(user: "usher", password: "secret")
  private let plain = Endpoint(address: .tcp(host: "redis", port: 6379))
  private let full = Endpoint(
    address: .tcp(host: "redis", port: 6379), credentials: credentials, database: 3)

  private let encrypted = Endpoint(
    address: .tcp(host: "redis", port: 6379), tls: TLSContext())

  private func time(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  private func setup(to endpoint: Endpoint) -> ConnectionSetup {
    ConnectionSetup(to: endpoint, within: .milliseconds(900), at: time(100))
  }

  // MARK: - The way through

  @Test("a Redis that asks for nothing is ready when it has answered PING")
  func plainWay() throws {
    var setup = setup(to: plain)
    #expect(setup.deadline == time(1000))
    #expect(setup.resolved(addresses: 1, at: time(200)) == .connect(address: 0, until: time(1000)))
    #expect(setup.connected() == .shakeHands([.ping], until: time(1000)))
    #expect(setup.replyArrived(try #require(try reply("+PONG\r\n"))) == .becomeReady)
  }

  @Test("who we are and which database come before PING, all in one write")
  func fullWay() throws {
    var setup = setup(to: full)
    _ = setup.resolved(addresses: 1, at: time(200))
    let handshake: [HandshakeCommand] = [.authenticate(Self.credentials), .select(3), .ping]
    #expect(setup.connected() == .shakeHands(handshake, until: time(1000)))
    #expect(setup.replyArrived(try #require(try reply("+OK\r\n"))) == .nothing)
    #expect(setup.replyArrived(try #require(try reply("+OK\r\n"))) == .nothing)
    #expect(setup.replyArrived(try #require(try reply("+PONG\r\n"))) == .becomeReady)
  }

  @Test("with TLS, hands are shaken before anything is said, within the same deadline")
  func securedWay() throws {
    var setup = setup(to: encrypted)
    #expect(setup.resolved(addresses: 2, at: time(200)) == .connect(address: 0, until: time(600)))
    #expect(setup.connected() == .secure(until: time(1000)))
    #expect(setup.secured() == .shakeHands([.ping], until: time(1000)))
    #expect(setup.replyArrived(try #require(try reply("+PONG\r\n"))) == .becomeReady)
  }

  @Test("a handshake that fails or takes too long is the end, also where there are more addresses")
  func failedHandshake() {
    var failed = setup(to: encrypted)
    _ = failed.resolved(addresses: 2, at: time(200))
    _ = failed.connected()
    #expect(
      failed.disconnected("its certificate expired", at: time(300))
        == .end(CloseCause(.lost, "redis:6379: its certificate expired")))
    var slow = setup(to: encrypted)
    _ = slow.resolved(addresses: 2, at: time(200))
    _ = slow.connected()
    let sentence = "redis:6379 did not finish the TLS handshake in time; is this a plain port?"
    #expect(slow.deadlineReached(at: time(1000)) == .end(CloseCause(.timeout, sentence)))
  }

  // MARK: - Addresses

  @Test("addresses are tried in turn, each with an equal share of the time that is left")
  func addresses() {
    var setup = setup(to: plain)
    #expect(setup.resolved(addresses: 3, at: time(100)) == .connect(address: 0, until: time(400)))
    // Refused at once: the two others have more.
    #expect(
      setup.disconnected("connect: Connection refused", at: time(200))
        == .connect(address: 1, until: time(600)))
    // No answer within its share.
    #expect(setup.deadlineReached(at: time(600)) == .connect(address: 2, until: time(1000)))
    #expect(
      setup.deadlineReached(at: time(1000))
        == .end(CloseCause(.timeout, "redis:6379 did not accept a connection in time")))
  }

  @Test("the last address that refuses says why")
  func refused() {
    var setup = setup(to: plain)
    _ = setup.resolved(addresses: 1, at: time(100))
    #expect(
      setup.disconnected("connect: Connection refused", at: time(200))
        == .end(CloseCause(.lost, "redis:6379: connect: Connection refused")))
  }

  @Test("a name without addresses, and one that cannot be resolved, are ends")
  func noAddress() {
    var empty = setup(to: plain)
    #expect(
      empty.resolved(addresses: 0, at: time(100))
        == .end(CloseCause(.lost, "redis:6379 has no address")))
    var failed = setup(to: plain)
    #expect(failed.resolvingFailed("no") == .end(CloseCause(.lost, "redis:6379: no")))
    var slow = setup(to: plain)
    #expect(
      slow.deadlineReached(at: time(1000))
        == .end(CloseCause(.timeout, "redis:6379 was not resolved to an address in time")))
  }

  // MARK: - The handshake

  /// A setup whose handshake has been sent and of which so many replies were fine.
  private func handshake(answered steps: Int) throws -> ConnectionSetup {
    var setup = setup(to: full)
    _ = setup.resolved(addresses: 2, at: time(100))
    _ = setup.connected()
    for _ in 0..<steps { _ = setup.replyArrived(try #require(try reply("+OK\r\n"))) }
    return setup
  }

  @Test("a command of the handshake that Redis refuses is the end, and the sentence names it")
  func refusedHandshake() throws {
    let refusals = [
      (0, "-WRONGPASS invalid username-password pair", "AUTH"),
      (1, "-ERR DB index is out of range", "SELECT"),
      (2, "-LOADING Redis is loading the dataset in memory", "PING"),
    ]
    for (step, error, name) in refusals {
      var setup = try handshake(answered: step)
      let sentence = "redis:6379 database 3 refused \(name): Redis answered \(error.dropFirst())"
      #expect(
        setup.replyArrived(try #require(try reply(error + "\r\n")))
          == .end(CloseCause(.lost, sentence)))
    }
  }

  @Test(
    "an answer that Redis would not give is the end",
    arguments: ["+PONG\r\n", ":1\r\n", "$-1\r\n", "*0\r\n", "+OKAY\r\n"])
  func strangeHandshake(text: String) throws {
    var setup = try handshake(answered: 0)
    let cause = CloseCause(
      .protocolViolation, "redis:6379 database 3 did not answer AUTH as Redis does")
    #expect(setup.replyArrived(try #require(try reply(text))) == .end(cause))
  }

  @Test("a Redis that hangs up during the handshake is not tried at another address")
  func hangUp() throws {
    var setup = try handshake(answered: 1)
    #expect(
      setup.disconnected("the other side closed the connection", at: time(200))
        == .end(CloseCause(.lost, "redis:6379 database 3: the other side closed the connection")))
  }

  @Test("who hangs up at the first words may have expected TLS")
  func hangUpAtOnce() throws {
    var setup = try handshake(answered: 0)
    let sentence =
      "redis:6379 database 3: the other side closed the connection before it answered; "
      + "does this port want TLS?"
    #expect(
      setup.disconnected("the other side closed the connection", at: time(200))
        == .end(CloseCause(.lost, sentence)))
  }

  @Test("a Redis that accepts and says nothing is given up at the deadline")
  func silence() throws {
    var setup = try handshake(answered: 2)
    #expect(
      setup.deadlineReached(at: time(1000))
        == .end(CloseCause(.timeout, "redis:6379 database 3 did not answer PING in time")))
  }

  // MARK: - What does not belong

  private static let events: [(String, @Sendable (inout ConnectionSetup, Reply) -> Action)] = [
    ("resolved", { setup, _ in setup.resolved(addresses: 1, at: Instant(nanoseconds: 0)) }),
    ("resolvingFailed", { setup, _ in setup.resolvingFailed("no") }),
    ("connected", { setup, _ in setup.connected() }),
    ("secured", { setup, _ in setup.secured() }),
    ("disconnected", { setup, _ in setup.disconnected("no", at: Instant(nanoseconds: 0)) }),
    ("replyArrived", { setup, reply in setup.replyArrived(reply) }),
    ("deadlineReached", { setup, _ in setup.deadlineReached(at: Instant(nanoseconds: 0)) }),
  ]

  /// The events that mean something in each state.
  private static let meaningful: [(state: String, events: Set<String>)] = [
    ("resolving", ["resolved", "resolvingFailed", "deadlineReached"]),
    ("connecting", ["connected", "disconnected", "deadlineReached"]),
    ("securing", ["secured", "disconnected", "deadlineReached"]),
    ("handshake", ["replyArrived", "disconnected", "deadlineReached"]),
    ("ready", []),
    ("ended", []),
  ]

  private func setup(in state: String) throws -> ConnectionSetup {
    var setup = setup(to: state == "securing" ? encrypted : plain)
    if state == "resolving" { return setup }
    if state == "ended" {
      _ = setup.resolvingFailed("no")
      return setup
    }
    _ = setup.resolved(addresses: 1, at: time(100))
    if state == "connecting" { return setup }
    _ = setup.connected()
    if state == "securing" || state == "handshake" { return setup }
    _ = setup.replyArrived(try #require(try reply("+PONG\r\n")))
    return setup
  }

  @Test("in each state, exactly the events that belong to it do something")
  func stateTimesEvent() throws {
    let pong = try #require(try reply("+PONG\r\n"))
    for (state, meaningful) in Self.meaningful {
      for (name, event) in Self.events {
        var setup = try setup(in: state)
        let isIgnored = event(&setup, pong) == .nothing
        #expect(isIgnored != meaningful.contains(name), "\(name) in \(state)")
      }
    }
  }
}
