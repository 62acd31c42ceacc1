import Glibc
import TestSupport
import Testing

extension WholeProgram {
  @Suite("Redis is away", .tags(.fault))
  struct OutageFaults {
    @Test("requests are told so within the deadlines, and grants are still verified")
    func gone() throws {
      let fixture = try UsherFixture(redis: .standalone, secret: "a secret of sixteen or more")
      let gateway = fixture.gateway()
      let grant = try gateway.grant(entering: gateway.token(joining: "show", as: "A"))
      let token = try gateway.token(joining: "show", as: "B")
      let behind = try gateway.token(joining: "show", as: "C")
      try fixture.server.kill(SIGKILL)

      for answer in [
        try gateway.join("show", as: "D"), try gateway.join("unheard-of"),
        try gateway.status(of: token), try gateway.enter(with: token),
        try gateway.leave(with: token),
      ] { expectUnavailable(answer) }
      #expect(try gateway.verify(grant).flag("valid"))
      #expect(try gateway.status(of: "forged").status == 404)

      // It comes back with nothing, and they with their tokens, the last first.
      try fixture.server.restart()
      try eventually("C is back") { try gateway.status(of: behind).status == 200 }
      #expect(try gateway.position(of: token) == 1)
      #expect(try gateway.position(of: behind) == 2)
      #expect(try gateway.enter(with: token).errorCode == "NOT_READY")
    }

    @Test("requests before Redis was ever there are told so, and are served once it is")
    func neverThere() throws {
      let redis = try RedisServer()
      try redis.kill(SIGKILL)
      let fixture = try UsherFixture(redis: .server(redis), readyWithin: nil)
      let usher = fixture.usher
      // At once, and not when the first health check has taken all the time that it may.
      let line = try usher.awaitLogLine(within: .seconds(5)) {
        $0.contains("Redis does not answer")
      }
      #expect(line.contains("No such file") || line.contains("refused"))
      #expect(try usher.metric(#"usher_health_check_up{check="redis"}"#) == 0)
      let gateway = fixture.gateway()
      expectUnavailable(try gateway.join("show"))
      expectUnavailable(try gateway.status(of: "forged"))
      #expect(try usher.admin().get("/readyz").status == 503)
      #expect(try usher.admin().get("/livez").status == 200)

      try redis.restart()
      try usher.awaitReady()
      #expect(try gateway.join("show").status == 202)
    }

    /// A lost answer once locked people out, and a repeated enter took two tokens.
    @Test("a join and an enter whose answers were lost were done, and repeating them does no more")
    func lostAnswers() throws {
      // Longer than a snapshot is fresh, by which a join is told where the line ends.
      let fixture = try UsherFixture(redis: .standalone, flags: ["--redis-timeout", "1s"])
      let gateway = fixture.gateway()
      // Redis knows the scripts from here on.
      #expect(try gateway.enter(with: gateway.token(joining: "other")).status == 200)
      let token = try gateway.token(joining: "show", as: "A")

      try loseAnswer(of: fixture, trace: ("queue:done:{show}", "A")) {
        try gateway.enter(with: token)
      }
      #expect(try gateway.enter(with: token).status == 200)
      try loseAnswer(of: fixture, trace: ("queue:event:{show}", "B")) {
        try gateway.join("show", as: "B")
      }
      #expect(try gateway.join("show", as: "B").status == 409)
      #expect(try fixture.line(at: "show") == ["B"])
      let trail = try AuditTrail(of: "show", in: fixture.store)
      #expect(trail.entries.map(\.operation) == ["join", "call", "enter", "join", "call"])
    }

    /// Halts Redis while `ask` waits for it, and lets it go on when usher has given up: what was sent
    /// is done then, and leaves a member in a sorted set. Returns when usher has Redis again.
    private func loseAnswer(
      of fixture: UsherFixture, trace: (key: String, member: String),
      _ ask: () throws -> HTTPResponse
    ) throws {
      try fixture.server.kill(SIGSTOP)
      expectUnavailable(try ask())
      try fixture.server.kill(SIGCONT)
      try eventually("it is done after all") {
        try fixture.server.send("ZSCORE", trace.key, trace.member) != .null
      }
      let gateway = fixture.gateway()
      try eventually("usher has Redis again") { try gateway.join("other").status == 202 }
    }

    /// What shrinks the line is let through even then: it is the way out.
    @Test(
      "a Redis without memory takes no more people, and those in line stand, enter and leave as before"
    )
    func outOfMemory() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let gateway = fixture.gateway()
      let tokens = try ["A", "B"].map { try gateway.token(joining: "show", as: $0) }
      try fixture.server.send("CONFIG", "SET", "maxmemory", "1")
      // Longer than anything is remembered without Redis.
      usleep(1_200_000)
      #expect(try tokens.map { try gateway.position(of: $0) } == [1, 2])
      expectUnavailable(try gateway.join("show", as: "C"))
      #expect(try tokens.map { try gateway.position(of: $0) } == [1, 2])
      #expect(try gateway.enter(with: tokens[0]).status == 200)
      #expect(try gateway.leave(with: tokens[1]).status == 200)

      try fixture.server.send("CONFIG", "SET", "maxmemory", "0")
      #expect(try gateway.join("show", as: "C").integer("position_hint") == 1)
      let trail = try AuditTrail(of: "show", in: fixture.store)
      #expect(
        trail.entries.map(\.operation) == [
          "join", "call", "join", "call", "enter", "leave", "join", "call",
        ])
    }

    private func expectUnavailable(_ answer: HTTPResponse) {
      let about = Comment(rawValue: answer.text)
      #expect(answer.status == 503, about)
      #expect(answer.errorCode == "REDIS_UNAVAILABLE", about)
      // 2 once the circuit breaker is open.
      #expect(["1", "2"].contains(answer.header("Retry-After")), about)
    }
  }
}
