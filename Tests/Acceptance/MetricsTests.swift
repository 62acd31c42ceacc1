import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// The page of an usher that has had no request yet.
  @Suite("/metrics")
  struct MetricsTests {
    private static let golden = Repository.path(of: "Tests/Acceptance/Golden/metrics.txt")

    /// `USHER_GOLDEN=write swift test --filter MetricsTests` puts the present page on record.
    @Test("is the page on record, but for the values")
    func golden() throws {
      let form = try Self.freshPage().form
      if ProcessInfo.processInfo.environment["USHER_GOLDEN"] == "write" {
        try form.map { "\($0)\n" }.joined()
          .write(toFile: Self.golden, atomically: true, encoding: .utf8)
      }
      let record = try String(contentsOfFile: Self.golden, encoding: .utf8)
      let changes = form.difference(from: record.split(separator: "\n").map(String.init))
      #expect(changes.map(Self.line) == [])
    }

    private static func freshPage() throws -> MetricsPage {
      // Its first commands may have to wait for a connection, and none must do so in vain.
      let fixture = try UsherFixture(redis: .standalone, flags: ["--redis-pool-wait", "5s"])
      return try MetricsPage(fixture.usher)
    }

    private static func line(_ change: CollectionDifference<String>.Change) -> String {
      switch change {
      case .insert(_, let line, _): "+ \(line)"
      case .remove(_, let line, _): "- \(line)"
      }
    }

    @Test("has every family that alerts and dashboards rely on, with its type and labels")
    func contract() throws {
      let page = try Self.freshPage()
      for promise in Self.promises {
        #expect(page.kinds[promise.name] == promise.kind, "\(promise.name)")
        let name = promise.kind == "histogram" ? "\(promise.name)_count" : promise.name
        let found = page.samples(of: name)
        #expect(found.isEmpty == promise.isPerEvent, "\(promise.name) has \(found.count) series")
        #expect(
          found.allSatisfy { Set($0.labels.keys) == Set(promise.labels) }, "labels of \(name)")
      }
    }

    /// Prometheus' `increase` does not see the first event of a counter that is born with it.
    @Test("counts from 0: every counter is there before there is anything to count")
    func zeros() throws {
      let page = try Self.freshPage()
      // usher itself connects, talks to Redis, and uses the processor.
      let busy = ["usher_redis_pool_connections_opened_total", "process_cpu_seconds_total"]
      let counters = page.samples.filter {
        page.kinds[$0.name] == "counter" && !busy.contains($0.name)
      }
      #expect(counters.count > 100)
      for counter in counters { #expect(counter.value == 0, "\(counter.name) \(counter.labels)") }
    }

    @Test("passes promtool check metrics")
    func promtool() throws {
      let page = try Self.freshPage()
      let verdict = try Command.run("promtool", ["check", "metrics"], input: Array(page.text.utf8))
      #expect(verdict.status == 0)
      #expect(verdict.output + verdict.errors == "")
    }

    @Test(
      "in OpenMetrics passes the parser of prometheus_client, with the same families",
      .enabled(
        if: FileManager.default.isExecutableFile(atPath: Repository.python),
        "there is no \(Repository.python): deploy/setup --tests makes it"))
    func openMetrics() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let accept = ("Accept", "application/openmetrics-text;version=1.0.0")
      let answer = try fixture.usher.admin().get("/metrics", headers: [accept])
      #expect(answer.text.hasSuffix("# EOF\n"))
      let script = """
        import sys
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        for family in text_string_to_metric_families(sys.stdin.read()):
            print(family.name + ("_total" if family.type == "counter" else ""), family.type)
        """
      let verdict = try Command.run(Repository.python, ["-c", script], input: answer.body)
      #expect(verdict.errors == "")
      let families = Set(verdict.output.split(separator: "\n").map(String.init))
      #expect(families == Set(try MetricsPage(fixture.usher).kinds.map { "\($0.key) \($0.value)" }))
    }

    private static let plain = "text/plain; version=0.0.4; charset=utf-8"
    private static let open = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    @Test(
      "comes in the format that was asked for, and in the older one if none was",
      arguments: [
        (nil, plain), ("*/*", plain), ("text/plain", plain), ("text/html", plain),
        ("application/openmetrics-text", open),
        // What Prometheus 2 and 3 send.
        (
          "application/openmetrics-text;version=1.0.0;q=0.5,"
            + "application/openmetrics-text;version=0.0.1;q=0.4,"
            + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", open
        ),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", plain),
      ])
    func contentType(accept: String?, type: String) throws {
      let fixture = try UsherFixture(redis: .standalone)
      let headers = accept.map { [("Accept", $0)] } ?? []
      let answer = try fixture.usher.admin().get("/metrics", headers: headers)
      #expect(answer.status == 200)
      #expect(answer.header("Content-Type") == type)
      #expect(answer.text.hasSuffix("# EOF\n") == (type == Self.open))
    }
  }
}

extension WholeProgram.MetricsTests {
  struct Promise {
    let name: String
    let kind: String
    let labels: [String]
    /// Whether its series come and go with the events.
    var isPerEvent = false
  }

  /// The names that are fixed, whatever else changes.
  static let promises = [
    Promise(name: "usher_build_info", kind: "gauge", labels: ["version", "revision"]),
    Promise(
      name: "usher_http_requests_total", kind: "counter", labels: ["route", "method", "code"]),
    Promise(name: "usher_http_request_duration_seconds", kind: "histogram", labels: ["route"]),
    Promise(name: "usher_http_requests_in_flight", kind: "gauge", labels: []),
    Promise(name: "usher_http_connections", kind: "gauge", labels: []),
    Promise(name: "usher_http_requests_shed_total", kind: "counter", labels: ["reason"]),
    Promise(name: "usher_redis_pool_connections", kind: "gauge", labels: ["node", "state"]),
    Promise(name: "usher_redis_pool_connections_max", kind: "gauge", labels: ["node"]),
    Promise(name: "usher_redis_pool_pending_requests", kind: "gauge", labels: ["node"]),
    Promise(name: "usher_redis_pool_timeouts_total", kind: "counter", labels: ["node"]),
    Promise(name: "usher_redis_pool_wait_duration_seconds", kind: "histogram", labels: ["node"]),
    Promise(name: "usher_redis_pool_connections_opened_total", kind: "counter", labels: ["node"]),
    Promise(
      name: "usher_redis_pool_connections_closed_total", kind: "counter",
      labels: ["node", "reason"]),
    Promise(name: "usher_store_losses_total", kind: "counter", labels: ["kind"]),
    Promise(name: "usher_redis_command_duration_seconds", kind: "histogram", labels: ["cmd"]),
    Promise(name: "usher_redis_command_errors_total", kind: "counter", labels: ["cmd", "error"]),
    Promise(name: "usher_redis_script_duration_seconds", kind: "histogram", labels: ["script"]),
    Promise(name: "usher_redis_script_errors_total", kind: "counter", labels: ["script", "error"]),
    Promise(name: "usher_redis_circuit_state", kind: "gauge", labels: ["node", "state"]),
    Promise(
      name: "usher_redis_circuit_transitions_total", kind: "counter", labels: ["node", "state"]),
    Promise(name: "usher_redis_server_up", kind: "gauge", labels: ["node"]),
    Promise(name: "usher_redis_clock_skew_seconds", kind: "gauge", labels: ["node"]),
    Promise(name: "usher_redis_clock_steps_total", kind: "counter", labels: ["node"]),
    Promise(name: "usher_redis_server_commands_total", kind: "counter", labels: ["node", "cmd"]),
    Promise(
      name: "usher_redis_server_cpu_seconds_total", kind: "counter", labels: ["node", "mode"]),
    Promise(name: "usher_redis_server_connected_clients", kind: "gauge", labels: ["node"]),
    Promise(name: "usher_redis_server_memory_used_bytes", kind: "gauge", labels: ["node"]),
    Promise(name: "usher_redis_server_memory_max_bytes", kind: "gauge", labels: ["node"]),
    Promise(name: "usher_redis_server_evicted_keys_total", kind: "counter", labels: ["node"]),
    Promise(
      name: "usher_queue_operations_total", kind: "counter", labels: ["operation", "outcome"]),
    Promise(name: "usher_queue_length", kind: "gauge", labels: ["event"], isPerEvent: true),
    Promise(name: "usher_queue_admission_rate", kind: "gauge", labels: ["event"], isPerEvent: true),
    Promise(
      name: "usher_queue_tokens_available", kind: "gauge", labels: ["event"], isPerEvent: true),
    Promise(
      name: "usher_event_state", kind: "gauge", labels: ["event", "state"], isPerEvent: true),
    Promise(name: "usher_event_rate", kind: "gauge", labels: ["event"], isPerEvent: true),
    Promise(name: "usher_event_burst", kind: "gauge", labels: ["event"], isPerEvent: true),
    Promise(
      name: "usher_event_opens_timestamp_seconds", kind: "gauge", labels: ["event"],
      isPerEvent: true),
    Promise(
      name: "usher_event_settings_invalid", kind: "gauge", labels: ["event"], isPerEvent: true),
    Promise(name: "usher_queue_wait_duration_seconds", kind: "histogram", labels: []),
    Promise(name: "usher_queue_eta_error_ratio", kind: "histogram", labels: []),
    Promise(name: "usher_queue_promises_total", kind: "counter", labels: ["outcome"]),
    Promise(name: "usher_queue_parked_total", kind: "counter", labels: []),
    Promise(name: "usher_queue_resumed_total", kind: "counter", labels: []),
    Promise(
      name: "usher_seat_operations_total", kind: "counter", labels: ["operation", "outcome"]),
    Promise(name: "usher_seat_hold_duration_seconds", kind: "histogram", labels: []),
    Promise(name: "usher_seats", kind: "gauge", labels: ["event", "state"], isPerEvent: true),
    Promise(name: "usher_seats_inconsistent", kind: "gauge", labels: ["event"], isPerEvent: true),
    Promise(
      name: "usher_stock_remaining", kind: "gauge", labels: ["event", "item"], isPerEvent: true),
    Promise(name: "usher_ready", kind: "gauge", labels: []),
    Promise(name: "usher_health_check_up", kind: "gauge", labels: ["check"]),
    Promise(name: "usher_health_check_duration_seconds", kind: "histogram", labels: ["check"]),
    Promise(name: "usher_health_check_timeout_seconds", kind: "gauge", labels: ["check"]),
    Promise(name: "usher_loop_lag_seconds", kind: "histogram", labels: ["loop"]),
    Promise(name: "process_cpu_seconds_total", kind: "counter", labels: []),
    Promise(name: "process_resident_memory_bytes", kind: "gauge", labels: []),
    Promise(name: "process_virtual_memory_bytes", kind: "gauge", labels: []),
    Promise(name: "process_open_fds", kind: "gauge", labels: []),
    Promise(name: "process_max_fds", kind: "gauge", labels: []),
    Promise(name: "process_start_time_seconds", kind: "gauge", labels: []),
    Promise(name: "process_threads", kind: "gauge", labels: []),
  ]
}
