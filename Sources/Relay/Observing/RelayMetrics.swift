import Metrics
import Synchronization

/// Every metric of a relay. Names and labels are a contract with alerts and dashboards.
struct RelayMetrics: Sendable {
  let registry = Registry()
  let lag: GaugeFamily
  let delivered: Counter
  let deadLetters: [DeadLetter.Reason: Counter]
  let held: Gauge
  let relays: Gauge
  let fenced: Counter
  let readFailures: Counter
  let writeFailures: Counter
  let writeTimes: Histogram
  let pool: PoolMetrics
  let ready: Gauge
  let sink: String

  init(sink: String, version: String, revision: String) {
    self.sink = sink
    registry.gauge(
      "usher_relay_build_info", help: "Always 1; the labels say which build this is.",
      labels: ["version", "revision"]
    ).cell(version, revision).set(1)
    ready = registry.gauge(
      "usher_relay_ready", help: "Whether /readyz says ready (1) or not (0)."
    ).cell()
    lag = registry.gauge(
      "usher_relay_lag_seconds",
      help:
        "Age of the oldest entry of an event that the sink does not have, 0 if it has all; only "
        + "of those that this relay delivers.", labels: ["event", "sink"])
    delivered = registry.counter(
      "usher_relay_delivered_total", help: "Entries delivered.", labels: ["sink"]
    ).cell(sink)
    let letters = registry.counter(
      "usher_relay_dead_letters_total",
      help: "Entries that cannot be delivered, by why; they are kept for a person to look at.",
      labels: ["sink", "reason"])
    deadLetters = Dictionary(
      uniqueKeysWithValues: DeadLetter.Reason.allCases.map { ($0, letters.cell(sink, $0.rawValue)) }
    )
    held = registry.gauge(
      "usher_relay_streams_held", help: "Streams of events that this relay delivers."
    ).cell()
    relays = registry.gauge(
      "usher_relay_members", help: "Relays that share the streams, as this one sees them."
    ).cell()
    fenced = registry.counter(
      "usher_relay_fenced_total",
      help:
        "Writes that the sink refused because another relay has taken over: nothing was written."
    ).cell()
    readFailures = registry.counter(
      "usher_relay_read_failures_total", help: "Reads of a stream that failed; they are repeated."
    ).cell()
    writeFailures = registry.counter(
      "usher_relay_write_failures_total",
      help: "Claims and writes that failed for now; they are repeated.", labels: ["sink"]
    ).cell(sink)
    writeTimes = registry.histogram(
      "usher_relay_write_duration_seconds",
      help: "Time from handing entries to the sink to knowing that they are committed.",
      labels: ["sink"], edges: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]
    ).cell(sink)
    pool = PoolMetrics(registry)
    ProcessMetrics.register(in: registry)
  }
}

/// The metrics of the pool of connections to PostgreSQL.
struct PoolMetrics: Sendable {
  let max: Gauge
  let open: Gauge
  let inUse: Gauge
  let waits: Counter
  let waitTimes: Histogram
  let timeouts: Counter
  let failures: Counter

  init(_ registry: Registry) {
    max = registry.gauge(
      "usher_relay_pool_max_connections", help: "Most connections to the sink that may be open."
    ).cell()
    open = registry.gauge(
      "usher_relay_pool_connections", help: "Connections to the sink that are open."
    ).cell()
    inUse = registry.gauge(
      "usher_relay_pool_in_use", help: "Connections to the sink with a query under way."
    ).cell()
    waits = registry.counter(
      "usher_relay_pool_waits_total", help: "Queries that found no connection free."
    ).cell()
    waitTimes = registry.histogram(
      "usher_relay_pool_wait_seconds", help: "Time that a query waited for a connection.",
      edges: [0.0001, 0.001, 0.01, 0.1, 1, 10]
    ).cell()
    timeouts = registry.counter(
      "usher_relay_pool_timeouts_total", help: "Queries that found no connection in time."
    ).cell()
    failures = registry.counter(
      "usher_relay_pool_failures_total", help: "Connections that were lost or could not be made."
    ).cell()
  }
}
