import TestSupport
import Testing

extension WholeProgram {
  @Suite("readiness")
  struct ReadinessTests {
    @Test("requests that are let through as soon as usher is ready succeed")
    func firstRequests() throws {
      for _ in 0..<5 {
        #expect(try UsherFixture(redis: .embedded).gateway().join("show").status == 202)
        // Connections are spread over the fronts: each of them must be ready.
        let fixture = try UsherFixture(redis: .standalone, flags: ["--fronts", "4"])
        let answers = try (0..<16).map { try fixture.gateway().join("show", as: "\($0)").status }
        #expect(answers == Array(repeating: 202, count: 16))
      }
    }

    @Test("a start with a redis-server of its own is nothing to warn of")
    func quietStart() throws {
      let usher = try UsherFixture(redis: .embedded).usher
      // All that it had to say has come when it has ended.
      #expect(try usher.terminate() == 0)
      #expect(!usher.logLines.contains { $0.contains("Redis does not answer") })
      #expect(!usher.logLines.contains { $0.contains(#""level":"error""#) })
    }

    @Test("without a token secret usher is not ready, and says so, until it has one")
    func noSecret() throws {
      let redis = try RedisServer()
      try redis.send("SET", "queue:secret", "too short")
      let usher = try UsherFixture(redis: .server(redis), readyWithin: nil).usher
      for words in ["Redis answers", "the token secret in Redis is no secret"] {
        _ = try usher.awaitLogLine { $0.contains(words) }
      }
      let answer = try usher.admin().get("/readyz")
      #expect(answer.status == 503)
      #expect(answer.text.contains("token secret"))
      #expect(try usher.admin().get("/readyz?verbose").text.contains("[+] redis"))
      #expect(try usher.client().get("/api/v1/queue/status?token=A").status == 503)

      try redis.send("DEL", "queue:secret")
      try usher.awaitReady()
      #expect(try usher.client().get("/api/v1/queue/status?token=A").status == 404)
    }
  }
}
