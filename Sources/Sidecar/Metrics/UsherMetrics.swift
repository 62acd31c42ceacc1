import Metrics

/// Every metric of the process. Names and labels are a contract with alerts and dashboards.
struct UsherMetrics: Sendable {
  let registry: Registry
  let http: HTTPMetrics
  let redis: RedisMetrics
  let server: ServerMetrics
  let queue: QueueMetrics
  let lines: LineMetrics
  let seats: SeatMetrics
  let sales: SaleMetrics
  let health: HealthMetrics
  let loopLag: HistogramFamily

  init(events: Int) {
    let registry = Registry()
    self.registry = registry
    registry.gauge(
      "usher_build_info", help: "Always 1; the labels say which build this is.",
      labels: ["version", "revision"]
    ).cell(Version.current, Version.revision).set(1)
    http = HTTPMetrics(registry)
    redis = RedisMetrics(registry)
    server = ServerMetrics(registry)
    queue = QueueMetrics(registry)
    lines = LineMetrics(registry, limit: events)
    seats = SeatMetrics(registry)
    sales = SaleMetrics(registry, limit: events)
    health = HealthMetrics(registry)
    loopLag = registry.histogram(
      "usher_loop_lag_seconds",
      help: "Time that one turn of a loop took: for that long, whatever was ready had to wait.",
      labels: ["loop"], edges: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5])
    ProcessMetrics.register(in: registry)
  }
}

/// Whether this sidecar should get traffic, and what its checks say.
struct HealthMetrics: Sendable {
  /// The one check that asks somebody else.
  static let redisCheck = "redis"

  let ready: Gauge
  let up: Gauge
  let durations: Histogram
  let timeout: Gauge

  init(_ registry: Registry) {
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
