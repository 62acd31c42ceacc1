import Foundation
import TestSupport
import Testing

extension Incidents.UnderLoad {
  /// Report 000: a fallback called KEYS again and again, Redis stood still, 40 of 70 pods were taken
  /// out of service for it, and 60 % of the people saw a 502.
  @Suite("report 000: a storm of KEYS")
  struct KeysStormFaults {
    private struct Replay: Sendable {
      let page: Webhook.Notice
      /// From the first KEYS.
      let pageAfter: Duration
      let inPeace: PollLoad.Polls
      let meanwhile: PollLoad.Polls
      let afterwards: PollLoad.Polls
      /// What `/readyz` said meanwhile, and the longest that it took.
      let readiness: Set<Int>
      let slowestProbe: Duration
    }

    @Test("it pages, usher stays ready, and every poll gets an answer, 503 at worst")
    func storm() async throws {
      let replay = try await patiently { try Self.replay() }
      print("KEYS storm: page after \(replay.pageAfter); \(replay.meanwhile.statuses)")
      #expect(replay.page.labels["severity"] == "critical")
      #expect(replay.page.labels["node"] != nil)
      #expect(replay.pageAfter < .seconds(150), "report 004 took so long to hear of its outage")

      #expect(Set(replay.inPeace.statuses.keys) == [200])
      #expect(Set(replay.meanwhile.statuses.keys).isSubset(of: [200, 503]))
      // A storm that delays no request proves nothing.
      #expect(replay.meanwhile.statuses[503] ?? 0 > 0)
      #expect(replay.readiness == [200])
      #expect(replay.slowestProbe < .seconds(1))
      #expect(Set(replay.afterwards.statuses.keys) == [200])
    }

    private static func replay() throws -> Replay {
      let redis = try RedisServer()
      let fill = """
        for user = 1, 200000 do redis.call('SET', 'stream:event:{sale}:user:' .. user, '') end
        return redis.call('DBSIZE')
        """
      guard try redis.send("EVAL", fill, "0") == .integer(200_000) else {
        throw TestFailure("200,000 keys were to be there")
      }
      let fixture = try UsherFixture(redis: .server(redis))
      let monitoring = try MonitoringStack(watching: fixture.usher)
      let load = try PollLoad(on: fixture, people: 100)
      let inPeace = try load.polling(perSecond: 100) { try monitoring.awaitHistory() }.polls

      let began = ContinuousClock.now
      let storm = try ChildProcess("redis-benchmark", stormArguments(of: redis))
      let admin = fixture.usher.admin()
      var readiness: Set<Int> = []
      var slowestProbe = Duration.zero
      let (page, meanwhile) = try load.polling(perSecond: 100) {
        try monitoring.await("page", "UsherKeysCommandSeen", within: .seconds(240)) {
          let asked = ContinuousClock.now
          readiness.insert(try admin.get("/readyz").status)
          slowestProbe = max(slowestProbe, .now - asked)
        }
      }
      guard storm.status == nil else {
        throw TestFailure("the storm blew over: \(storm.errorText)")
      }
      try storm.kill(SIGKILL)
      let afterwards = try peaceAgain(load)
      return Replay(
        page: page, pageAfter: page.arrived - began, inPeace: inPeace, meanwhile: meanwhile,
        afterwards: afterwards, readiness: readiness, slowestProbe: slowestProbe)
    }

    /// Fifty clients, as a pool of 50 has them, each with its next KEYS as soon as the last is answered.
    private static func stormArguments(of redis: RedisServer) -> [String] {
      guard case .unix(let path) = redis.socket else { return [] }
      return [
        "-s", path, "-c", "50", "-n", "1000000000", "-q", "KEYS", "stream:event:{sale}:user:*",
      ]
    }

    /// Waits until all polls are served again, for a second at a time.
    private static func peaceAgain(_ load: PollLoad) throws -> PollLoad.Polls {
      var polls = PollLoad.Polls()
      try eventually("all polls are served again", within: .seconds(30)) {
        polls = try load.polling(perSecond: 100) { sleep(1) }.polls
        return polls.errorRate == 0
      }
      return polls
    }
  }
}
