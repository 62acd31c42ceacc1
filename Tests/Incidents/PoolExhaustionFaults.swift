import Foundation
import TestSupport
import Testing

extension Incidents.UnderLoad {
  /// Report 004: ten connections to Redis, 50 ms a call, and a sale that brought 1,000
  /// requests a second. The first that the on-call engineer heard of, after two and a half minutes,
  /// were customers' errors.
  @Suite("report 004: a pool of ten, and a spike")
  struct PoolExhaustionFaults {
    /// usher, 50 ms away from Redis, with its monitoring, under a small load that can become a large one.
    private struct MonitoredSpike {
      let monitoring: MonitoringStack
      private let fixture: UsherFixture
      private let proxy: DelayProxy
      private let load: PollLoad

      init(_ flags: [String]) throws {
        let redis = try RedisServer(tcp: true)
        guard let address = redis.tcp else { throw TestFailure("no port") }
        proxy = try DelayProxy(to: address, roundTrip: .milliseconds(50))
        fixture = try UsherFixture(
          redis: .server(redis, url: "redis://\(proxy.address)"), flags: flags)
        monitoring = try MonitoringStack(watching: fixture.usher)
        load = try PollLoad(on: fixture, people: 100)
      }

      /// Twenty polls a second until Prometheus knows usher, then a thousand while `body` runs, which
      /// is told when they began. Returns the answers to what came on top.
      func spike<Value>(
        _ body: (ContinuousClock.Instant) throws -> Value
      ) throws -> (value: Value, polls: PollLoad.Polls) {
        try load.polling(perSecond: 20) {
          try monitoring.awaitHistory()
          return try load.polling(perSecond: 980) { try body(.now) }
        }.value
      }

      /// The most connections to Redis that Prometheus has seen.
      func mostConnections() throws -> Double {
        let most = "max_over_time(sum by (node) (usher_redis_pool_connections)[10m:15s])"
        return try monitoring.prometheus.query(most).map(\.value).max() ?? 0
      }
    }

    @Test("with the pool of the report, its ticket and its page come before the page about errors")
    func exhausted() async throws {
      let (times, polls) = try await patiently {
        let spike = try MonitoredSpike(["--redis-pool-max", "10", "--redis-pipeline-depth", "1"])
        return try spike.spike { began in
          try [
            ("ticket", "UsherRedisPoolSaturated"), ("page", "UsherRedisPoolSaturated"),
            ("page", "UsherErrorRateHigh"),
          ].map { receiver, alert in
            try spike.monitoring.await(receiver, alert, within: .seconds(240)).arrived - began
          }
        }
      }
      print("pool of ten: ticket, page and page about errors after \(times); \(polls.statuses)")
      #expect(polls.errorRate > 0.05, "this is an outage")
      #expect(times == times.sorted())
      #expect(times[1] < .seconds(90), "a minute before report 004 heard of anything")
    }

    @Test("with the defaults the same spike is none: quick answers, and no alert")
    func defaults() async throws {
      let ((alerts, used), polls) = try await patiently {
        let spike = try MonitoredSpike([])
        return try spike.spike { _ in
          // For as long as the slowest of these alerts would need.
          sleep(120)
          return (
            try spike.monitoring.fired() + spike.monitoring.webhook.notices.map { "\($0)" },
            try spike.mostConnections()
          )
        }
      }
      let (median, slow) = (polls.percentile(0.5), polls.percentile(0.95))
      print("defaults: P50 \(median), P95 \(slow), \(used) connections; \(polls.statuses)")
      #expect(alerts == [])
      #expect(used > 0 && used <= 10, "as many as were too few for a classic pool")
      #expect(polls.count > 110_000, "1,000 a second were to come")
      #expect(slow < .milliseconds(500))
      #expect(polls.errorRate < 0.003)
    }
  }
}
