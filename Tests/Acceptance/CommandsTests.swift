import Glibc
import TestSupport
import Testing

extension WholeProgram {
  @Suite("what Redis is asked")
  struct CommandsTests {
    @Test(
      "1,000 status calls are 1,000 ZSCORE, 1,000 ZRANK, one ZSCORE more where a call may come, and nothing else"
    )
    func status() throws {
      let fronts = 2
      // Within two seconds calls come to three more at most.
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--fronts", "\(fronts)", "--admission-burst", "2", "--admission-rate", "0.5",
          "--ready-ttl", "1h",
        ])
      let tokens = try (0..<50).map { try fixture.gateway().token(joining: "show", as: "\($0)") }
      // Then a snapshot knows all who joined.
      usleep(1_100_000)
      _ = try fixture.gateway().position(of: tokens[49])
      let monitor = try fixture.server.monitor()
      let began = ContinuousClock.now
      let positions = try parallel(4) { thread in
        let gateway = fixture.gateway()
        return try (0..<250).map { try gateway.position(of: tokens[($0 + thread) % 50]) }
      }
      let seconds = Int((ContinuousClock.now - began).components.seconds) + 1
      let commands = try monitor.lines().filter { !$0.isFromScript }

      #expect(positions[0] == (0..<250).map { $0 % 50 + 1 })
      let near = commands.filter { $0.arguments.first == "queue:ready:{show}" }
      #expect(near.allSatisfy { $0.name == "ZSCORE" })
      #expect(Set(near.map { $0.arguments[1] }).count < 10)
      #expect(near.count >= 2 * 20)
      for name in ["ZSCORE", "ZRANK"] {
        let calls = commands.filter {
          $0.name == name && $0.arguments[0] != "queue:ready:{show}"
        }
        #expect(calls.count == 1000)
        #expect(calls.allSatisfy { $0.arguments[0] == "queue:event:{show}" })
        let people = Dictionary(grouping: calls) { $0.arguments[1] }
        #expect(people.count == 50)
        #expect(people.values.allSatisfy { $0.count == 20 })
      }
      // Once a second: a front writes presence and reads its snapshot (twice when the one and the
      // other do not coincide), and notes the event; the back office parks, measures, looks after
      // the secrets, after settings and, less often, after Redis' health and statistics. Some of this may
      // be done for the first time, with a script that Redis does not know yet.
      let rest = commands.filter { $0.name != "ZSCORE" && $0.name != "ZRANK" }
      let evaluations = rest.filter { $0.name == "EVALSHA" }
      let others = rest.filter { $0.name != "EVALSHA" }
      #expect(evaluations.count <= (2 * fronts + 2) * (seconds + 1))
      #expect(others.count <= (fronts + 15) * (seconds + 1))
      let names: Set = [
        "ZADD", "ZCARD", "ZRANGE", "ZREMRANGEBYSCORE", "TIME", "GET", "HMGET", "PING", "INFO",
        "SCRIPT",
      ]
      #expect(Set(others.map(\.name)).subtracting(names) == [])
    }

    @Test(
      "whatever happens, no command is sent whose cost grows with what Redis holds",
      arguments: RedisKind.external)
    func everything(_ kind: RedisKind) throws {
      let redis = try #require(try kind.start())
      let monitors = try redis.store.monitors()
      let fixture = try UsherFixture(redis: .running(redis), flags: EveryOperation.flags)
      try EveryOperation.run(at: "show", in: fixture)
      try comeBackAfterLoss(fixture)
      #expect(try fixture.usher.admin().get("/metrics").status == 200)
      #expect(try fixture.usher.admin().get("/readyz").status == 200)
      #expect(try fixture.usher.terminate() == 0)

      let commands = try monitors.flatMap { try $0.lines() }
      let names: Set = [
        "AUTH", "PING", "INFO", "CLUSTER", "GET", "SET", "SCRIPT", "EVALSHA", "TIME", "EXPIRE",
        "HGET", "HMGET", "HSET", "HDEL", "HLEN", "HINCRBY", "ZADD", "ZREM", "ZCARD", "ZCOUNT",
        "ZSCORE", "ZMSCORE", "ZRANK", "ZRANGE", "ZREMRANGEBYSCORE", "XADD", "XLEN", "XRANGE",
        // Frees what it takes away in a thread of its own.
        "UNLINK",
      ]
      // Both of which the tests sent.
      #expect(Set(commands.map(\.name)).subtracting(names) == ["FLUSHALL"])
      #expect(commands.count { $0.name == "FLUSHALL" } == monitors.count)
      for range in commands where range.name == "ZRANGE" {
        #expect(
          range.arguments.contains("LIMIT") || Int(range.arguments[2]) ?? -1 >= 0
            || range.arguments[1] == range.arguments[2])
      }
      for range in commands where range.name == "XRANGE" {
        #expect(range.arguments[1] == range.arguments[2])
      }
    }

    private func comeBackAfterLoss(_ fixture: UsherFixture) throws {
      let gateway = fixture.gateway()
      let tokens = try ["X", "Y"].map { try gateway.token(joining: "lost", as: $0) }
      for connection in try fixture.store.connections() {
        try connection.send("FLUSHALL")
      }
      #expect(try gateway.position(of: tokens[1]) == 1)
      #expect(try gateway.position(of: tokens[0]) == 1)
      #expect(try gateway.position(of: tokens[1]) == 2)
      #expect(try gateway.enter(with: tokens[0]).errorCode == "NOT_READY")
    }
  }
}
