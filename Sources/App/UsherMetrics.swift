import API
import Metrics
import Operations
import Queue

/// Every metric of the process. Names and labels are a contract with alerts and dashboards.
struct UsherMetrics: Sendable {
  let registry: Registry
  let http: HTTPMetrics
  let redis: RedisMetrics
  let server: ServerMetrics
  let queue: QueueMetrics
  let lines: LineMetrics
  let settings: SettingsMetrics
  let seats: SeatMetrics
  let sales: SaleMetrics
  let health: HealthMetrics
  let operators: OperatorMetrics
  let loopLag: HistogramFamily
  /// Counts ``EmbeddedRedis/tailCut``.
  let embeddedRedisTailCuts: Counter

  init(events: Int, store: StoreKnowledge) {
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
    settings = SettingsMetrics(registry, limit: events)
    seats = SeatMetrics(registry)
    sales = SaleMetrics(registry, limit: events)
    health = HealthMetrics(registry)
    operators = OperatorMetrics(registry)
    _ = StoreMetrics(registry, store)
    loopLag = registry.histogram(
      "usher_loop_lag_seconds",
      help: "Time that one turn of a loop took: for that long, whatever was ready had to wait.",
      labels: ["loop"], edges: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5])
    embeddedRedisTailCuts = registry.counter(
      "usher_embedded_redis_tail_cuts_total",
      help: "Times that zeros which a power cut left were cut off the append-only file of the "
        + "embedded Redis."
    ).cell()
    ProcessMetrics.register(in: registry)
  }
}
