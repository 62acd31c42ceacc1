import Glibc
import Loop
import TestSupport
import Testing

@testable import Redis

/// A pool against real Redis servers that speak TLS.
@Suite struct TLSPoolTests {
  private let stage: Stage
  private let papers: TestAuthority.Papers

  init() throws {
    stage = try Stage()
    papers = try TestAuthority.shared.get()
  }

  /// A server that shows `files`, and the port where it does.
  private func server(
    _ files: Certificates.Files, demandsIdentity: Bool = false, _ more: String...
  ) throws -> (server: RedisServer, port: UInt16) {
    guard case .tcp(let port) = try LocalAddress.freePort() else { throw TestFailure("no port") }
    let server = try RedisServer(
      [
        "--tls-port", "\(port)", "--tls-cert-file", files.certificate,
        "--tls-key-file", files.key, "--tls-ca-cert-file", papers.authority.certificate,
        "--tls-auth-clients", demandsIdentity ? "yes" : "no",
      ] + more)
    return (server, port)
  }

  private func endpoint(
    _ port: UInt16, host: String = "localhost", _ settings: TLSSettings? = nil
  ) -> Endpoint {
    let trusting = TLSSettings(authorityFile: papers.authority.certificate)
    return Endpoint(
      address: .tcp(host: host, port: port), tls: TLSContext(settings ?? trusting))
  }

  /// The sentence with which a pool says that it cannot connect.
  private func sentence(
    _ endpoint: Endpoint, connectTimeout: Duration = .seconds(5)
  ) throws -> String {
    let pool = stage.pool(endpoint) {
      $0.connectTimeout = connectTimeout
      $0.backoff = Backoff(first: .seconds(30), longest: .seconds(30))
    }
    let before = stage.events.count
    var said: String? {
      stage.events[before...].lazy.compactMap { event in
        if case .openingFailed(let sentence) = event { sentence } else { nil }
      }.last
    }
    try stage.turn { said != nil }
    let sentence = try #require(said)
    var error: RedisError?
    pool.send(.ping) { if case .failure(let failure) = $0 { error = failure } }
    try stage.close(pool)
    try stage.turn { error != nil }
    return sentence
  }

  // MARK: - What works

  @Test("names and addresses, users and databases, over TLS 1.2 and 1.3")
  func works() throws {
    for protocols in ["TLSv1.2", "TLSv1.3"] {
      let (server, port) = try server(
        papers.server, "--tls-protocols", protocols, "--user", "usher", "on", ">own", "~*", "+@all")
      defer { withExtendedLifetime(server) {} }
      for host in ["localhost", "127.0.0.1"] {
        var endpoint = endpoint(port, host: host)
        endpoint.credentials = Credentials(user: "usher", password: "own")
        endpoint.database = 3
        let pool = stage.pool(endpoint)
        #expect(try stage.ask(pool, .ping) { $0.text } == .success("PONG"))
        try stage.close(pool)
      }
    }
  }

  @Test("a server name that is set is what the certificate must be for")
  func serverName() throws {
    let (server, port) = try server(papers.wrongName)
    defer { withExtendedLifetime(server) {} }
    let settings = TLSSettings(
      authorityFile: papers.authority.certificate, serverName: "cache.example")
    let pool = stage.pool(endpoint(port, settings))
    #expect(try stage.ask(pool, .ping) { $0.text } == .success("PONG"))
    try stage.close(pool)
  }

  @Test("a server that demands a certificate gets ours")
  func mutual() throws {
    for protocols in ["TLSv1.2", "TLSv1.3"] {
      let (server, port) = try server(
        papers.server, demandsIdentity: true, "--tls-protocols", protocols)
      defer { withExtendedLifetime(server) {} }
      let settings = TLSSettings(
        authorityFile: papers.authority.certificate, identity: papers.client.identity)
      let pool = stage.pool(endpoint(port, settings))
      #expect(try stage.ask(pool, .ping) { $0.text } == .success("PONG"))
      try stage.close(pool)
    }
  }

  @Test("ten thousand commands of one turn are answered in order")
  func order() throws {
    let (server, port) = try server(papers.server)
    defer { withExtendedLifetime(server) {} }
    let pool = stage.pool(endpoint(port)) { $0.pipelineDepth = 20_000 }
    _ = try stage.ask(pool, .ping) { $0.text }.get()
    var answers: [[UInt8]?] = []
    let words = (0..<5_000).map { Array("\($0)".utf8) }
    for (number, word) in words.enumerated() {
      let key = Key("\(number)")
      pool.send(.setIfAbsent(key, word)) { #expect((try? $0.get().isText("OK")) == true) }
      pool.send(.get(key)) { answers.append(try? $0.get().bytes) }
    }
    try stage.turn { answers.count == words.count }
    #expect(answers == words)
    try stage.close(pool)
  }

  @Test("what does not fit into the socket's buffer is written when there is room")
  func large() throws {
    let (server, port) = try server(papers.server)
    defer { withExtendedLifetime(server) {} }
    let pool = stage.pool(endpoint(port))
    try stage.exchangeLargeValues(over: pool)
    try stage.close(pool)
  }

  @Test("a server that goes away and comes back is found again")
  func restart() throws {
    let (server, port) = try server(papers.server)
    let pool = stage.pool(endpoint(port))
    for _ in 0..<3 {
      try stage.turn { (try? stage.ask(pool, .ping, read: \.text)) == .success("PONG") }
      try server.kill(SIGKILL)
      #expect(throws: RedisError.self) { try stage.ask(pool, .ping, read: \.text).get() }
      try server.restart()
    }
    try stage.close(pool)
  }

  // MARK: - What is refused

  @Test("a server with a bad certificate is refused, and the sentence says what is bad")
  func badCertificates() throws {
    let (expired, expiredPort) = try server(papers.expired)
    let (wrong, wrongPort) = try server(papers.wrongName)
    defer { withExtendedLifetime((expired, wrong)) {} }
    let since = try sentence(endpoint(expiredPort))
    #expect(since.hasPrefix("localhost:\(expiredPort): its certificate expired on "))
    #expect(
      try sentence(endpoint(wrongPort))
        == "localhost:\(wrongPort): its certificate is not for localhost, but for "
        + "DNS:cache.example, IP Address:10.0.0.1")
    let elsewhere = TLSSettings(authorityFile: papers.other.certificate)
    for settings in [elsewhere, TLSSettings()] {
      #expect(
        try sentence(endpoint(wrongPort, settings))
          == "localhost:\(wrongPort): its certificate is not signed by a CA that is trusted here")
    }
  }

  @Test("the sentence is in the error of each command, too")
  func unavailable() throws {
    let (server, port) = try server(papers.wrongName)
    defer { withExtendedLifetime(server) {} }
    let pool = stage.pool(endpoint(port, host: "127.0.0.1")) { $0.wait = .milliseconds(50) }
    try stage.turn { stage.failedOpenings > 0 }
    let answer = try stage.ask(pool, .ping) { $0.text }
    let sentence =
      "127.0.0.1:\(port): its certificate is not for 127.0.0.1, but for "
      + "DNS:cache.example, IP Address:10.0.0.1"
    #expect(answer == .failure(.unavailable(sentence)))
    try stage.close(pool)
  }

  @Test("a server that demands a certificate, and gets none or a stranger's, says so")
  func badIdentity() throws {
    for (protocols, demand) in [
      ("TLSv1.3", "it demands a client certificate, and none is set"),
      ("TLSv1.2", "it refused the TLS handshake: handshake failure"),
    ] {
      let (server, port) = try server(
        papers.server, demandsIdentity: true, "--tls-protocols", protocols)
      defer { withExtendedLifetime(server) {} }
      #expect(try sentence(endpoint(port)) == "localhost:\(port): \(demand)")
      let stranger = TLSSettings(
        authorityFile: papers.authority.certificate, identity: papers.stranger.identity)
      #expect(
        try sentence(endpoint(port, stranger))
          == "localhost:\(port): it refused our client certificate: unknown CA")
    }
  }

  @Test("a port without TLS is recognized by what it answers")
  func plainAnswer() throws {
    let listener = try listener()
    let watch = try stage.loop.watch(listener.raw, for: .readable) { _ in
      let client = Descriptor(owning: accept(listener.raw, nil, nil))
      _ = send(client.raw, "-ERR unknown command\r\n", 22, Int32(MSG_NOSIGNAL))
    }
    defer { stage.loop.unwatch(watch) }
    let port = try #require(Socket.localPort(of: listener.raw))
    #expect(
      try sentence(endpoint(port))
        == "localhost:\(port): the server does not speak TLS: is this a plain port?")
  }

  @Test("a server that accepts and says nothing is given up at the deadline")
  func silence() throws {
    let listener = try listener()
    let port = try #require(Socket.localPort(of: listener.raw))
    let began = Instant.now
    #expect(
      try sentence(endpoint(port), connectTimeout: .milliseconds(200))
        == "localhost:\(port) did not finish the TLS handshake in time; is this a plain port?")
    #expect(.now - began >= .milliseconds(200), "it had all of its time")
  }

  @Test("Redis' plain port is recognized, whether it says something or nothing")
  func plainRedis() throws {
    guard case .tcp(let port) = try LocalAddress.freePort() else { return }
    let redis = try RedisServer(["--port", "\(port)"])
    defer { withExtendedLifetime(redis) {} }
    // It answers once there is a line end, which chance puts into the random bytes of a handshake: with
    // OpenSSL 3.5, which sends a thousand more, nearly always.
    let sentence = try sentence(endpoint(port), connectTimeout: .milliseconds(200))
    #expect(
      [
        "localhost:\(port) did not finish the TLS handshake in time; is this a plain port?",
        "localhost:\(port): the server does not speak TLS: is this a plain port?",
      ].contains(sentence), "\(sentence)")
  }

  private func listener() throws -> Descriptor {
    let any = try #require(ResolvedAddress(literal: .tcp(host: "127.0.0.1", port: 0)))
    return try Socket.listen(at: any, shared: false)
  }

  @Test("a TLS port that is spoken to in plain is recognized")
  func plainClient() throws {
    let (server, port) = try server(papers.server)
    defer { withExtendedLifetime(server) {} }
    let sentence = try sentence(Endpoint(address: .tcp(host: "localhost", port: port)))
    #expect(sentence.hasPrefix("localhost:\(port): "))
    #expect(sentence.hasSuffix(" before it answered; does this port want TLS?"))
  }

  @Test("files that are gone when they are needed are said, and nothing breaks")
  func missingFiles() throws {
    let (server, port) = try server(papers.server)
    defer { withExtendedLifetime(server) {} }
    #expect(
      try sentence(endpoint(port, TLSSettings(authorityFile: "/nowhere")))
        == "localhost:\(port): the file of CA certificates: No such file or directory")
  }

  // MARK: - The way

  @Test("bytes that come and go one at a time make no difference")
  func dribble() throws {
    let (server, port) = try server(papers.server)
    defer { withExtendedLifetime(server) {} }
    let between = try Dribble(on: stage.loop, to: port)
    let pool = stage.pool(dribbled(between))
    for number in 0..<10 {
      let key = Key("\(number)")
      #expect(try stage.ask(pool, .setIfAbsent(key, [1])) { $0.isText("OK") } == .success(true))
    }
    try stage.close(pool)
  }

  @Test("a server that hangs up anywhere in the handshake is an error and no more")
  func cut() throws {
    let (server, port) = try server(papers.server)
    defer { withExtendedLifetime(server) {} }
    for bytes in [0, 1, 4, 5, 6, 60, 127, 128, 200, 400, 600] {
      let between = try Dribble(on: stage.loop, to: port, hangingUpAfter: bytes)
      let sentence = try sentence(dribbled(between))
      #expect(sentence.hasPrefix("\(between.address): "))
      #expect(sentence.hasSuffix(" during the TLS handshake"), "\(bytes): \(sentence)")
    }
  }

  private func dribbled(_ between: Dribble) -> Endpoint {
    Endpoint(address: between.address, tls: endpoint(0).tls)
  }
}
