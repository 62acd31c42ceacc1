import Foundation
import TestSupport
import Testing

extension Incidents {
  /// Report 000: a check of Redis took 18.8 s, the probe's patience was 3 s, and so pods that could
  /// have answered were taken out of service.
  @Suite("report 000: a probe that is slow")
  struct SlowProbeFaults {
    private struct Replay: Sendable {
      let ticket: Webhook.Notice
      let ticketAfter: Duration
      let polls: PollLoad.Polls
      let readiness: Set<Int>
      let slowestProbe: Duration
      /// What Prometheus takes the 99th percentile of a check to be.
      let checks: [Double]
    }

    @Test("when a check takes 9 s, pods stay ready, and a ticket says that the budget is used up")
    func slow() async throws {
      let replay = try await patiently { try Self.replay() }
      print("slow probe: ticket after \(replay.ticketAfter); \(replay.polls.statuses)")
      #expect(replay.ticket.labels["severity"] == "warning")
      #expect(replay.ticket.labels["check"] == "redis")
      #expect(replay.ticketAfter < .seconds(180))
      #expect(replay.readiness == [200])
      #expect(replay.slowestProbe < .seconds(1))
      #expect(Set(replay.polls.statuses.keys).isSubset(of: [200, 503]))
      #expect(replay.checks.count == 1 && replay.checks[0] > 5 && replay.checks[0] <= 10)
    }

    private static func replay() throws -> Replay {
      let redis = try RedisServer(tcp: true)
      guard let address = redis.tcp else { throw TestFailure("no port") }
      let proxy = try DelayProxy(to: address, roundTrip: .zero)
      let fixture = try UsherFixture(redis: .server(redis, url: "redis://\(proxy.address)"))
      let monitoring = try MonitoringStack(watching: fixture.usher)
      let load = try PollLoad(on: fixture, people: 10)
      try monitoring.awaitHistory()

      proxy.setRoundTrip(.seconds(9))
      let began = ContinuousClock.now
      let admin = fixture.usher.admin()
      var readiness: Set<Int> = []
      var slowestProbe = Duration.zero
      let (ticket, polls) = try load.polling(perSecond: 5) {
        try monitoring.await("ticket", "UsherProbeBudgetLow", within: .seconds(240)) {
          let asked = ContinuousClock.now
          readiness.insert(try admin.get("/readyz").status)
          slowestProbe = max(slowestProbe, .now - asked)
        }
      }
      let checks = try monitoring.prometheus.query(
        "histogram_quantile(0.99, rate(usher_health_check_duration_seconds_bucket[5m]))")
      return Replay(
        ticket: ticket, ticketAfter: ticket.arrived - began, polls: polls, readiness: readiness,
        slowestProbe: slowestProbe, checks: checks.map(\.value))
    }
  }
}
