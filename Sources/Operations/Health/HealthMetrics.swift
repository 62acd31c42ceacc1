import Metrics

/// Whether this sidecar should get traffic, and what its checks say.
package struct HealthMetrics: Sendable {
  /// The one check that asks another process.
  static let redisCheck = "redis"

  let ready: Gauge
  let up: Gauge
  let durations: Histogram
  let timeout: Gauge

  /// Registers the metrics, with their one cell each.
  package init(_ registry: Registry) {
    ready = registry.gauge("usher_ready", help: "Whether /readyz says ready (1) or not (0).").cell()
    up = registry.gauge(
      "usher_health_check_up", help: "Whether the last health check went well (1) or not (0).",
      labels: ["check"]
    ).cell(Self.redisCheck)
    durations = registry.histogram(
      "usher_health_check_duration_seconds",
      help: "Time that a health check took, a failed one included.",
      labels: ["check"], edges: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 3, 4, 5, 7.5, 10, 30]
    ).cell(Self.redisCheck)
    timeout = registry.gauge(
      "usher_health_check_timeout_seconds", help: "How long a health check may take.",
      labels: ["check"]
    ).cell(Self.redisCheck)
  }
}
