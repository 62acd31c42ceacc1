import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// What the numbers of `/metrics` do when Redis restarts, halts or dies.
  @Suite("metrics when Redis fails", .tags(.fault))
  struct MetricsFaults {
    /// The server counts from 0 again, and may by chance be where it was.
    @Test("calls of KEYS are added up across a restart of Redis")
    func keysAcrossRestart() throws {
      let fixture = try UsherFixture(redis: .standalone)
      try fixture.awaitStatistics()
      try fixture.server.send("KEYS", "*")
      try eventually("one is counted", within: .seconds(20)) {
        try fixture.serverCalls(of: "keys") == 1
      }
      try fixture.server.restart()
      try fixture.server.send("KEYS", "*")
      try eventually("another is counted", within: .seconds(20)) {
        try fixture.serverCalls(of: "keys") == 2
      }
      let page = try MetricsPage(fixture.usher)
      #expect(try page.sum("usher_redis_pool_connections_closed_total", ["reason": "lost"]) > 0)
    }

    @Test("a pool without room shows it: used, waiting, waited, and in vain")
    func pool() throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--fronts", "1", "--redis-pool-max", "2", "--redis-pipeline-depth", "1",
          "--redis-timeout", "30s", "--redis-pool-wait", "5s",
        ], secret: "a secret of the tests")
      var page = try MetricsPage(fixture.usher)
      #expect(try page.sum("usher_redis_pool_connections_max") == 2)
      let token = try fixture.gateway().token(joining: "show", as: "A")
      try eventually("both connections are ready: one for writes, one for reads") {
        try MetricsPage(fixture.usher).sum("usher_redis_pool_connections", ["state": "idle"]) == 2
      }
      try fixture.server.kill(SIGSTOP)

      let answers = try parallel(4) { number in
        if number == 1 { return try fixture.gateway().status(of: token).status }
        if number > 1 { return try fixture.gateway().join("show-\(number)").status }
        try eventually("the pool is full") {
          let page = try MetricsPage(fixture.usher)
          return try page.sum("usher_redis_pool_connections", ["state": "used"]) == 2
            && page.sum("usher_redis_pool_pending_requests") > 0
            && page.sum("usher_http_requests_in_flight") == 3
            && page.sum("usher_redis_pool_timeouts_total") == 0
        }
        try eventually("one has waited in vain") {
          try MetricsPage(fixture.usher).sum("usher_redis_pool_timeouts_total") > 0
        }
        try fixture.server.kill(SIGCONT)
        return 0
      }
      #expect(answers.contains(503))
      // The joins that were first to be sent have others behind them.
      try eventually("no request waits any more") {
        try MetricsPage(fixture.usher).sum("usher_redis_pool_pending_requests") == 0
      }
      page = try MetricsPage(fixture.usher)
      #expect(try page.sum("usher_redis_pool_wait_duration_seconds_sum") > 5)
      #expect(try page.sum("usher_http_requests_in_flight") == 0)
      #expect(try page.sum("usher_redis_command_errors_total", ["error": "pool_exhausted"]) > 0)
    }

    @Test("the circuit breakers open, keep requests away, and close when Redis is back")
    func circuit() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--fronts", "1"])
      let gateway = fixture.gateway()
      let token = try gateway.token(joining: "show", as: "A")
      let circuits = { (state: String) in
        try MetricsPage(fixture.usher).sum("usher_redis_circuit_state", ["state": state])
      }
      #expect(try circuits("closed") == 2)
      try fixture.server.kill(SIGKILL)
      try eventually("it opens") {
        #expect(try gateway.status(of: token).status == 503)
        return try circuits("open") == 2
      }
      let turnedAway = try gateway.status(of: token)
      #expect(turnedAway.errorCode == "REDIS_UNAVAILABLE")
      #expect(turnedAway.header("Retry-After") == "2")
      var page = try MetricsPage(fixture.usher)
      #expect(try circuits("closed") == 0)
      #expect(try page.sum("usher_http_requests_shed_total", ["reason": "breaker_open"]) > 0)

      try fixture.server.restart()
      try eventually("it closes", within: .seconds(20)) {
        _ = try gateway.status(of: token)
        return try circuits("closed") == 2
      }
      #expect(try gateway.position(of: token) == 1)
      page = try MetricsPage(fixture.usher)
      for state in ["open", "half_open", "closed"] {
        let changes = try page.sum("usher_redis_circuit_transitions_total", ["state": state])
        #expect(changes >= 1, "to \(state)")
      }
    }

    @Test("whether Redis is there, and how the failures of commands are called")
    func outage() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--health-timeout", "1s"])
      try fixture.awaitStatistics()
      let token = try fixture.gateway().token(joining: "show", as: "A")
      #expect(try MetricsPage(fixture.usher).sum("usher_redis_server_up") == 1)
      try fixture.server.kill(SIGKILL)
      #expect(try fixture.gateway().status(of: token).status == 503)
      try eventually("Redis is seen to be down", within: .seconds(20)) {
        try MetricsPage(fixture.usher).sum("usher_redis_server_up") == 0
      }
      let page = try MetricsPage(fixture.usher)
      #expect(try page.sum("usher_redis_command_errors_total") > 0)
      #expect(try page.sum("usher_redis_pool_connections") == 0)
      let failed = ["operation": "status", "outcome": "error"]
      #expect(try page.sum("usher_queue_operations_total", failed) == 1)
      try fixture.server.restart()
      try eventually("Redis is seen to be up", within: .seconds(20)) {
        try MetricsPage(fixture.usher).sum("usher_redis_server_up") == 1
      }
      try eventually("there are connections again", within: .seconds(20)) {
        try MetricsPage(fixture.usher).sum("usher_redis_pool_connections") > 0
      }
    }
  }
}
