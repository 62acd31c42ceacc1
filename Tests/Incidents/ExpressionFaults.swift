import Foundation
import TestSupport
import Testing

extension Incidents {
  /// A panel that stays empty and an alert that can never fire look like good news. Every part of an
  /// expression is asked for: none is there only because another one is.
  @Suite("every expression has data")
  struct ExpressionFaults {
    @Test("of the dashboard and of the rules, with a real Prometheus and a busy usher")
    func data() async throws {
      try await patiently {
        let fixture = try UsherFixture(
          redis: .server(RedisServer(["--maxmemory", "256mb"])), flags: MixedLoad.flags,
          environment: MixedLoad.environment)
        let usher = fixture.usher
        let monitoring = try MonitoringStack(watching: usher)
        let dashboard = try Dashboard()
        guard dashboard.queries.count > 50, try monitoring.prometheus.rules().count > 50 else {
          throw TestFailure("that cannot be all")
        }
        var sale = try MixedLoad(on: fixture)
        // An operator's limit, which no one reaches, and an opening, which is long ago.
        try fixture.store.send(
          "HSET", "queue:settings:{sale}", "active_limit", "100000", "opens_at", "1700000000000",
          "version", "1", "until", "0")
        // Most have data after a few scrapes; one looks back two minutes, at a record of two minutes.
        var empty: [String] = []
        try eventually("data for \(empty)", within: .seconds(360)) {
          for _ in 0..<5 { try sale.goOn() }
          empty =
            try Self.emptyRules(monitoring.prometheus)
            + Self.emptyQueries(dashboard, monitoring.prometheus, instance: "\(usher.adminAddress)")
          return empty.isEmpty
        }
      }
    }

    private static func emptyRules(_ prometheus: Prometheus) throws -> [String] {
      try prometheus.rules().filter { !isAboutRelay($0.query) }.filter { rule in
        if rule.health == "err" { throw TestFailure("\(rule.name): \(rule.lastError ?? "")") }
        if rule.type == "recording", try !hasData(rule.name, prometheus) { return true }
        // It asks whether usher is not there.
        let isAboutNobody = rule.name == "UsherMissing"
        let expression = isAboutNobody ? rule.query : PromQL.complete(rule.query)
        return try rule.health != "ok" || !hasData(PromQL.asked(expression), prometheus)
      }.map { "\($0.type) \($0.name): \($0.query)" }
    }

    /// As it looks at first, and with everything chosen.
    private static func emptyQueries(
      _ dashboard: Dashboard, _ prometheus: Prometheus, instance: String
    ) throws -> [String] {
      let choices = [
        ["job": ".+", "instance": ".+", "event": ".+"],
        ["job": "usher", "instance": instance, "event": "sale"],
      ]
      return try choices.flatMap { choice in
        try dashboard.queries.filter { !isAboutRelay($0.expression) }
          .map { ($0.title, Dashboard.chosen($0.expression, choice)) }
          .filter { try !hasData($0.1, prometheus) }
          .map { "\($0): \($1)" }
          + dashboard.choices.filter { variable in
            try !prometheus.series(Dashboard.chosen(variable.selector, choice))
              .contains { $0[variable.label] == choice[variable.variable] || choice["job"] == ".+" }
          }.map { "variable \($0.variable): \($0.selector)" }
      }
    }

    /// The relay is a program of its own, and none runs here.
    private static func isAboutRelay(_ expression: String) -> Bool {
      expression.contains("usher_relay") || expression.contains("usher-relay")
    }

    /// Whether an expression is worth a number now; NaN is none.
    private static func hasData(_ expression: String, _ prometheus: Prometheus) throws -> Bool {
      try prometheus.query(expression).contains { !$0.value.isNaN }
    }
  }
}
