import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// What `/readyz` says while Redis is slow or gone, and what becomes of those who ask.
  @Suite("readiness while Redis fails", .tags(.fault))
  struct ReadinessFaults {
    /// Impatient, so that a test need not be patient.
    private static let hasty = [
      "--health-interval", "500ms", "--health-timeout", "1500ms", "--ready-grace", "4s",
    ]

    @Test("answers as fast as ever while Redis is stopped, because it does not ask")
    func answersFast() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let admin = fixture.usher.admin()
      func median() throws -> Duration {
        let answers = try (0..<200).map { _ in try Self.timed { try admin.get("/readyz") } }
        #expect(answers.allSatisfy { $0.answer.status == 200 })
        return answers.map(\.time).sorted()[answers.count / 2]
      }
      let inPeace = try median()
      try fixture.server.kill(SIGSTOP)
      let meanwhile = try median()
      #expect(meanwhile < inPeace * 20, "\(inPeace) in peace, \(meanwhile) meanwhile")
    }

    @Test("with the default settings a stall of 9 s is not noticed")
    func defaultsStall() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let admin = fixture.usher.admin()
      try fixture.server.kill(SIGSTOP)
      let probes = ["/readyz", "/livez"]
      let meanwhile = try Self.repeating(for: .seconds(9)) {
        try probes.map { try admin.get($0).status }
      }
      #expect(Set(meanwhile) == [[200, 200]])
      try fixture.server.kill(SIGCONT)
      let afterwards = try Self.repeating(for: .seconds(1)) { try admin.get("/readyz").status }
      #expect(Set(afterwards) == [200])
    }

    @Test("a stall is not noticed for as long as ready-grace, and is by name after it")
    func grace() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: Self.hasty)
      let admin = fixture.usher.admin()
      try fixture.server.kill(SIGSTOP)
      let meanwhile = try Self.repeating(for: .seconds(2.5)) { try admin.get("/readyz").status }
      #expect(Set(meanwhile) == [200])
      try fixture.server.kill(SIGCONT)
      try eventually("a good check just now") {
        try admin.get("/readyz?verbose").text.contains(/redis: answered 0\.[01] s ago/)
      }

      try fixture.server.kill(SIGSTOP)
      let stopped = ContinuousClock.now
      try eventually("it is not ready") { try admin.get("/readyz").status == 503 }
      #expect(ContinuousClock.now - stopped > .seconds(3))
      #expect(try admin.get("/readyz").text.hasPrefix("not ready: redis: answered "))
      let verbose = try admin.get("/readyz?verbose")
      #expect(verbose.status == 503)
      #expect(verbose.text.contains("[+] settings: loaded\n[-] redis: answered "))
      #expect(verbose.text.hasSuffix("not ready\n"))
      #expect(try admin.get("/livez").status == 200)
      #expect(try fixture.usher.metric("usher_ready") == 0)
      #expect(try fixture.usher.metric("usher_health_check_up{check=\"redis\"}") == 0)

      try fixture.server.kill(SIGCONT)
      try fixture.usher.awaitReady()
      #expect(try fixture.usher.metric("usher_ready") == 1)
      #expect(try fixture.usher.metric("usher_health_check_up{check=\"redis\"}") == 1)
    }

    @Test("with ready-redis=startup it stays ready when Redis has gone, and says so in words")
    func startupOnly() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: Self.hasty + ["--ready-redis", "startup"])
      let admin = fixture.usher.admin()
      try fixture.server.kill(SIGKILL)
      try eventually("the grace is over") {
        let answer = try admin.get("/readyz?verbose")
        #expect(answer.status == 200)
        return answer.text.contains("more than the 4.0 s of ready-grace")
      }
      Self.expectRefusal(try fixture.gateway().join("show"))
    }

    @Test(
      "meanwhile no request waits long: every route says at once that Redis is away",
      arguments: [SIGSTOP, SIGKILL])
    func nobodyWaits(signal: Int32) throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--redis-timeout", "200ms"], secret: "a secret of the tests")
      let gateway = fixture.gateway()
      let grant = try gateway.grant(entering: gateway.token(joining: "show"))
      let token = try gateway.token(joining: "show")
      try fixture.server.kill(signal)

      // More at once than there are connections to Redis, and more often than once.
      let answers = try parallel(60) { number in
        let gateway = fixture.gateway()
        return try (1...2).flatMap { _ in
          try [
            Self.timed { try gateway.join("show", as: "\(number)") },
            Self.timed { try gateway.status(of: token) },
            Self.timed { try gateway.enter(with: token) },
            Self.timed { try gateway.leave(with: token) },
          ]
        }
      }
      for (answer, _) in answers.joined() { Self.expectRefusal(answer) }
      // Not each: a busy machine may leave any one of them waiting.
      let times = answers.joined().map(\.time).sorted()
      #expect(times[times.count * 3 / 4] < .seconds(1))
      // Nothing but the secret is needed for these.
      #expect(try gateway.verify(grant).flag("valid"))
      #expect(try gateway.status(of: "forged").errorCode == "TOKEN_NOT_FOUND")
    }

    private static func timed(
      _ request: () throws -> HTTPResponse
    ) throws -> (answer: HTTPResponse, time: Duration) {
      let began = ContinuousClock.now
      return (try request(), ContinuousClock.now - began)
    }

    /// What `body` returned each time that it was called, for some time.
    private static func repeating<Value>(
      for duration: Duration, _ body: () throws -> Value
    ) throws -> [Value] {
      let end = ContinuousClock.now + duration
      var values: [Value] = []
      while ContinuousClock.now < end {
        values.append(try body())
        usleep(20_000)
      }
      return values
    }

    private static func expectRefusal(_ answer: HTTPResponse) {
      #expect(answer.status == 503)
      #expect(answer.header("Content-Type") == "application/json")
      #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 >= 1)
      #expect(answer.errorCode == "REDIS_UNAVAILABLE")
    }
  }
}
