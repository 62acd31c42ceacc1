import Loop
import Metrics
import Redis

/// The connections to Redis and what is sent over them. Families belong to the process; each front
/// takes its own cells.
package struct RedisMetrics: Sendable {
  private static let edges = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
  ]

  let connections: GaugeFamily
  let connectionsMax: GaugeFamily
  let pending: GaugeFamily
  let timeouts: CounterFamily
  let waits: HistogramFamily
  let opened: CounterFamily
  let closed: CounterFamily
  let commands: HistogramFamily
  let commandErrors: CounterFamily
  let scripts: HistogramFamily
  let scriptErrors: CounterFamily
  let scriptReloads: CounterFamily
  let circuitState: GaugeFamily
  let circuitTransitions: CounterFamily
  let redirects: CounterFamily
  let retries: CounterFamily
  let retriesRefused: CounterFamily
  /// Inquiries for the topology, by outcome.
  package let topologyRefreshes: CounterFamily

  /// Registers the families.
  package init(_ registry: Registry) {
    connections = registry.gauge(
      "usher_redis_pool_connections",
      help: "Connections to a Redis node that have a command in flight (used) or none (idle).",
      labels: ["node", "state"])
    connectionsMax = registry.gauge(
      "usher_redis_pool_connections_max", help: "The most connections that the pool may have.",
      labels: ["node"])
    pending = registry.gauge(
      "usher_redis_pool_pending_requests", help: "Commands that wait for a connection.",
      labels: ["node"])
    timeouts = registry.counter(
      "usher_redis_pool_timeouts_total", help: "Commands that waited for a connection in vain.",
      labels: ["node"])
    waits = registry.histogram(
      "usher_redis_pool_wait_duration_seconds",
      help: "Time that commands waited for a connection, of those that had to.",
      labels: ["node"], edges: Self.edges)
    opened = registry.counter(
      "usher_redis_pool_connections_opened_total", help: "Connections that became ready.",
      labels: ["node"])
    closed = registry.counter(
      "usher_redis_pool_connections_closed_total", help: "Connections that ended, by reason.",
      labels: ["node", "reason"])
    commands = registry.histogram(
      "usher_redis_command_duration_seconds",
      help: "Time from a command's write to its reply.", labels: ["cmd"], edges: Self.edges)
    commandErrors = registry.counter(
      "usher_redis_command_errors_total", help: "Commands without a usable reply, by what it was.",
      labels: ["cmd", "error"])
    scripts = registry.histogram(
      "usher_redis_script_duration_seconds", help: "Time from a script call's write to its reply.",
      labels: ["script"], edges: Self.edges)
    scriptErrors = registry.counter(
      "usher_redis_script_errors_total",
      help: "Script calls without a usable reply, by what it was.",
      labels: ["script", "error"])
    scriptReloads = registry.counter(
      "usher_redis_script_reloads_total", help: "Scripts that Redis had forgotten and got again.",
      labels: ["script"])
    circuitState = registry.gauge(
      "usher_redis_circuit_state",
      help: "Circuit breakers to a Redis node that are in a state; each front has one for reads "
        + "and one for writes.",
      labels: ["node", "state"])
    circuitTransitions = registry.counter(
      "usher_redis_circuit_transitions_total",
      help: "Changes of a circuit breaker to a state.", labels: ["node", "state"])
    redirects = registry.counter(
      "usher_redis_redirects_total",
      help: "Commands that a node sent elsewhere (moved, ask) or put off (tryagain).",
      labels: ["kind"])
    retries = registry.counter(
      "usher_redis_retries_total", help: "Commands that were sent once more, by why.",
      labels: ["reason"])
    retriesRefused = registry.counter(
      "usher_redis_retries_refused_total",
      help: "Commands that were not sent once more, because a tenth of all had been.")
    topologyRefreshes = registry.counter(
      "usher_redis_topology_refreshes_total",
      help: "Times that a cluster or its sentinels were asked who serves what, by what came of it.",
      labels: ["result"])
  }
}
