import Glibc
import Loop
import TestSupport
import Testing

@testable import Redis

/// A pool against real Redis servers.
@Suite struct PoolRedisTests {
  private let stage: Stage

  init() throws {
    stage = try Stage()
  }

  private let echo = Script(name: "echo", source: Array("return ARGV[1]".utf8))

  // MARK: - Commands

  @Test("every command is understood, and its reply read")
  func commands() throws {
    let server = try RedisServer()
    let pool = stage.pool(server.endpoint)
    func ask<Value>(_ command: Redis.Command, _ read: @escaping (Reply) -> Value) throws -> Value {
      try stage.ask(pool, command, read: read).get()
    }
    let (line, text) = (Key("line"), Key("text"))
    let people = (1...5).map { ScoredMember(score: 1_763_683_072_000_000 + $0, member: "u\($0)") }
    #expect(try ask(.ping) { $0.text } == "PONG")
    #expect(try ask(.setIfAbsent(text, [0, 255, 10])) { $0.isText("OK") })
    #expect(try ask(.setIfAbsent(text, [1])) { $0.isNull })
    #expect(try ask(.get(text)) { $0.bytes } == [0, 255, 10])
    #expect(try ask(.zadd(line, people, .always)) { $0.integer } == 5)
    #expect(try ask(.zcard(line)) { $0.integer } == 5)
    #expect(
      try ask(.zscoreAndRank(line, "u3")) { $0.elements.map(\.integer) }
        == [1_763_683_072_000_003, 2])
    #expect(try ask(.zscoreAndRank(line, "nobody")) { $0.elements.map(\.isNull) } == [true, true])
    let low = ScoredMember(score: 1, member: "u1")
    #expect(
      try ask(.zadd(line, [low, ScoredMember(score: 9, member: "new")], .raiseKnown)) { $0.integer }
        == 0)
    #expect(try ask(.zscoreAndRank(line, "u1")) { $0[0].integer } == people[0].score)
    let later = ScoreRange(from: .excluding(people[1].score))
    #expect(
      try ask(.zrangeByScore(line, later, limit: 2, withScores: true)) { reply in
        (0..<reply.count).map { reply[$0].text }
      } == ["u3", "\(people[2].score)", "u4", "\(people[3].score)"])
    #expect(try ask(.zremrangeByScore(line, later)) { $0.integer } == 3)
    #expect(try ask(.hmget(Key("hash"), ["a", "b"])) { $0[0].isNull && $0[1].isNull })
    #expect(try ask(.time) { $0.count } == 2)
    #expect(
      try ask(.evalsha(echo, keys: [line], arguments: [.bytes([0, 255])])) { $0.bytes } == [0, 255])
    for section in InfoSection.allCases {
      let info = try ask(.info(section)) { $0.text }
      #expect(info?.lowercased().contains("# \(section.rawValue)\r\n") == true)
    }
    try stage.close(pool)
  }

  @Test("10,000 commands of one turn are answered in order")
  func order() throws {
    let server = try RedisServer()
    let pool = stage.pool(server.endpoint) { $0.pipelineDepth = 10_000 }
    _ = try stage.ask(pool, .evalsha(echo, keys: [], arguments: [.integer(0)])) { $0.integer }
    var answers: [Int64] = []
    for number in 0..<10_000 {
      pool.send(.evalsha(echo, keys: [], arguments: [.integer(Int64(number))])) {
        answers.append((try? $0.get().integer) ?? -1)
      }
    }
    try stage.turn { answers.count == 10_000 }
    #expect(answers == Array(0..<10_000))
    try stage.close(pool)
  }

  @Test("over several connections each caller still gets its own reply")
  func manyConnections() throws {
    let server = try RedisServer()
    let pool = stage.pool(server.endpoint) {
      $0.max = 4
      $0.pipelineDepth = 16
    }
    var wrong = 0
    var answers = 0
    for number in 0..<10_000 {
      pool.send(.evalsha(echo, keys: [], arguments: [.integer(Int64(number))])) {
        if (try? $0.get().integer) != Int64(number) { wrong += 1 }
        answers += 1
      }
    }
    try stage.turn { answers == 10_000 }
    #expect(wrong == 0)
    #expect(stage.count { if case .opened = $0 { true } else { false } } == 4)
    try stage.close(pool)
  }

  @Test("what does not fit into the socket's buffer is written when there is room")
  func large() throws {
    let server = try RedisServer()
    let pool = stage.pool(server.endpoint)
    try stage.exchangeLargeValues(over: pool)
    try stage.close(pool)
  }

  // MARK: - HandshakeCommand

  @Test("user, password and database are as the endpoint says")
  func credentials() throws {
    let server = try RedisServer([
      "--requirepass", "secret", "--user", "usher", "on", ">own", "~*", "+@all",
    ])
    for credentials in [
      Credentials(password: "secret"), Credentials(user: "usher", password: "own"),
    ] {
      var endpoint = server.endpoint
      endpoint.credentials = credentials
      endpoint.database = 3
      let pool = stage.pool(endpoint)
      let key = Key(credentials.password)
      #expect(try stage.ask(pool, .setIfAbsent(key, [1])) { $0.isText("OK") } == .success(true))
      try stage.close(pool)
      endpoint.database = 4
      let elsewhere = stage.pool(endpoint)
      #expect(try stage.ask(elsewhere, .get(key)) { $0.isNull } == .success(true))
      try stage.close(elsewhere)
    }
  }

  @Test("a password that is renewed is what the next connection logs in with")
  func renewedPassword() throws {
    let server = try RedisServer(["--requirepass", "secret"])
    let credentials = Credentials(password: "an older one")
    var endpoint = server.endpoint
    endpoint.credentials = credentials
    let failed = stage.failedOpenings
    let pool = stage.pool(endpoint)
    try stage.turn { stage.failedOpenings > failed }
    credentials.renew(password: "secret")
    pool.tryNow()
    #expect(try stage.ask(pool, .ping) { $0.text } == .success("PONG"))
    try stage.close(pool)
  }

  @Test("what Redis refuses is said, and no password with it")
  func refusals() throws {
    let server = try RedisServer(["--requirepass", "secret"])
    let name = "\(server.endpoint)"
    let wrong = Credentials(user: "usher", password: "hunter2")
    let right = Credentials(password: "secret")
    let cases: [(Credentials?, Int, String)] = [
      (nil, 0, "\(name) refused PING: Redis answered NOAUTH Authentication required."),
      (
        wrong, 0,
        "\(name) refused AUTH: Redis answered WRONGPASS invalid username-password pair or"
          + " user is disabled."
      ),
      (
        right, 99, "\(name) database 99 refused SELECT: Redis answered ERR DB index is out of range"
      ),
    ]
    for (credentials, database, sentence) in cases {
      let endpoint = Endpoint(
        address: server.endpoint.address, credentials: credentials, database: database)
      let failed = stage.failedOpenings
      let pool = stage.pool(endpoint) { $0.wait = .milliseconds(50) }
      try stage.turn { stage.failedOpenings > failed }
      let answer = try stage.ask(pool, .ping) { $0.text }
      #expect(answer == .failure(.unavailable(sentence)))
      try stage.close(pool)
    }
  }

  // MARK: - Scripts

  @Test("a script that Redis lost is loaded again without the caller noticing, once")
  func reload() throws {
    let server = try RedisServer()
    let pool = stage.pool(server.endpoint)
    func reloads() -> Int { stage.count { if case .reloaded = $0 { true } else { false } } }
    for round in 1...3 {
      var answers: [Int64?] = []
      for number in 0..<20 {
        pool.send(.evalsha(echo, keys: [], arguments: [.integer(Int64(number))])) {
          answers.append(try? $0.get().integer)
        }
      }
      try stage.turn { answers.count == 20 }
      #expect(answers == (0..<20).map { Int64($0) })
      #expect(reloads() == round)
      try server.send("SCRIPT", "FLUSH")
    }
    #expect(stage.count { if case .failed = $0 { true } else { false } } == 0)
    try stage.close(pool)
  }

  @Test("a script that does not compile fails with what Redis says about it")
  func brokenScript() throws {
    let server = try RedisServer()
    let pool = stage.pool(server.endpoint)
    let broken = Script(name: "broken", source: Array("return +".utf8))
    let answer = try stage.ask(pool, .evalsha(broken, keys: [], arguments: [])) { $0.kind }
    guard case .failure(.server("ERR", let message)) = answer else {
      Issue.record("it cannot have run: \(answer)")
      return
    }
    #expect(message.contains("Error compiling script"))
    try stage.close(pool)
  }

  // MARK: - Trouble

  @Test("a Redis that is stopped costs each command its deadline, and serves again when it goes on")
  func stopped() throws {
    let server = try RedisServer()
    let pool = stage.pool(server.endpoint) {
      $0.timeout = .milliseconds(50)
      $0.wait = .milliseconds(50)
      $0.connectTimeout = .milliseconds(50)
    }
    try stage.turn { (try? stage.ask(pool, .ping, read: \.text)) == .success("PONG") }
    try server.kill(SIGSTOP)
    #expect(try stage.ask(pool, .ping) { $0.text } == .failure(.timeout))
    // It still accepts, so a connection can be made; but it is not ready.
    guard case .failure(.unavailable) = try stage.ask(pool, .ping, read: \.text) else {
      Issue.record("a stopped Redis cannot answer")
      return
    }
    try server.kill(SIGCONT)
    try stage.turn { (try? stage.ask(pool, .ping, read: \.text)) == .success("PONG") }
    try stage.close(pool)
  }

  @Test(
    "a Redis that crashes and comes back under load is found again, and no command is forgotten")
  func restart() throws {
    let server = try RedisServer()
    let pool = stage.pool(server.endpoint) {
      $0.max = 4
      $0.minIdle = 2
      $0.pipelineDepth = 8
      $0.wait = .milliseconds(20)
    }
    var answered = 0
    var failed = 0
    var pending = 0
    var isLoading = true
    func load() {
      pending += 1
      pool.send(.evalsha(echo, keys: [], arguments: [.integer(1)])) {
        pending -= 1
        if case .success = $0 { answered += 1 } else { failed += 1 }
        if isLoading { load() }
      }
    }
    for _ in 0..<50 { load() }
    for _ in 0..<3 {
      var before = answered
      try stage.turn { answered > before + 200 }
      try server.kill(SIGKILL)
      before = failed
      try stage.turn { failed > before }
      try server.restart()
    }
    let before = answered
    try stage.turn { answered > before + 200 }
    isLoading = false
    try stage.turn { pending == 0 }
    try stage.close(pool)
  }
}
