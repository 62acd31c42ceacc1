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

/// What one client does between its callers and the nodes. Confined to the client's thread.
package final class RoutingMetrics {
  private let redirects: [RedirectKind: Counter]
  private let retries: [RetryReason: Counter]
  private let refused: Counter

  /// Takes the cells of one client.
  package init(_ family: RedisMetrics) {
    redirects = Dictionary(
      uniqueKeysWithValues: RedirectKind.allCases.map { ($0, family.redirects.cell($0.rawValue)) })
    retries = Dictionary(
      uniqueKeysWithValues: RetryReason.allCases.map { ($0, family.retries.cell($0.rawValue)) })
    refused = family.retriesRefused.cell()
  }

  /// Notes one event.
  package func observe(_ event: RoutingEvent) {
    switch event {
    case .redirected(let kind): redirects[kind]?.increment()
    case .retried(let reason): retries[reason]?.increment()
    case .retryRefused: refused.increment()
    }
  }
}

/// One circuit breaker's cells. Confined to the breaker's thread.
final class CircuitMetrics {
  private let states: [CircuitBreaker.State: (now: Gauge, transitions: Counter)]

  /// Cells of a breaker before `node`.
  init(_ family: RedisMetrics, node: String) {
    states = Dictionary(
      uniqueKeysWithValues: CircuitBreaker.State.allCases.map { state in
        let now = family.circuitState.cell(node, state.rawValue)
        return (state, (now, family.circuitTransitions.cell(node, state.rawValue)))
      })
  }

  /// A breaker begins, closed as they all do.
  func began() {
    states[.closed]?.now.set(1)
  }

  /// The breaker is gone.
  func ended() {
    for cells in states.values { cells.now.set(0) }
  }

  /// Notes that the breaker is in `state` from now on.
  func changed(to state: CircuitBreaker.State) {
    for (other, cells) in states { cells.now.set(other == state ? 1 : 0) }
    states[state]?.transitions.increment()
  }
}

/// One pool's cells: takes the pool's events. Confined to the pool's thread.
final class PoolMetrics {
  private let used: Gauge
  private let idle: Gauge
  private let most: Gauge
  private let max: Int
  private let pending: Gauge
  private let timeouts: Counter
  private let waits: Histogram
  private let opened: Counter
  private let closed: [CloseReason: Counter]
  private let commands: [CallMetrics?]
  private let scripts: [ObjectIdentifier: (call: CallMetrics, reloads: Counter)]

  /// Duration and errors of one command, or of one script.
  private struct CallMetrics {
    let duration: Histogram
    let errors: [RedisError.Kind: Counter]

    init(_ name: String, _ durations: HistogramFamily, _ errors: CounterFamily) {
      duration = durations.cell(name)
      // What an open breaker refuses never reaches a pool.
      let kinds = RedisError.Kind.allCases.filter { $0 != .circuitOpen }
      self.errors = Dictionary(
        uniqueKeysWithValues: kinds.map { ($0, errors.cell(name, $0.rawValue)) })
    }
  }

  /// Cells of a pool of up to `max` connections to `node`, which calls `scripts`.
  init(_ family: RedisMetrics, node: String, max: Int, scripts: [Script]) {
    used = family.connections.cell(node, "used")
    idle = family.connections.cell(node, "idle")
    most = family.connectionsMax.cell(node)
    self.max = max
    pending = family.pending.cell(node)
    timeouts = family.timeouts.cell(node)
    waits = family.waits.cell(node)
    opened = family.opened.cell(node)
    closed = Dictionary(
      uniqueKeysWithValues: CloseReason.allCases.map { ($0, family.closed.cell(node, $0.rawValue)) }
    )
    // What asks for the topology goes through no pool.
    commands = Command.Kind.allCases.map { kind in
      [.cluster, .role, .sentinel].contains(kind)
        ? nil : CallMetrics(kind.name, family.commands, family.commandErrors)
    }
    self.scripts = Dictionary(
      uniqueKeysWithValues: scripts.map { script in
        let call = CallMetrics(script.name, family.scripts, family.scriptErrors)
        return (ObjectIdentifier(script), (call, family.scriptReloads.cell(script.name)))
      })
  }

  /// A pool begins.
  func began() {
    most.set(Double(max))
  }

  /// The pool is gone.
  func ended() {
    for gauge in [used, idle, most, pending] { gauge.set(0) }
  }

  /// Notes one event.
  func observe(_ event: PoolEvent) {
    switch event {
    case .opened: opened.increment()
    case .closed(let reason): closed[reason]?.increment()
    case .openingFailed: break
    case .occupancy(let now):
      used.set(Double(now.used))
      idle.set(Double(now.idle))
      pending.set(Double(now.waiting))
    case .waited(let duration): waits.observe(duration.seconds)
    case .waitTimedOut: timeouts.increment()
    case .answered(let command, let script, let duration):
      calls(command, script) { $0.duration.observe(duration.seconds) }
    case .failed(let command, let script, let error, _):
      calls(command, script) { $0.errors[error.kind]?.increment() }
    case .reloaded(let script): scripts[ObjectIdentifier(script)]?.reloads.increment()
    }
  }

  private func calls(_ command: Command.Kind, _ script: Script?, _ note: (CallMetrics) -> Void) {
    if let call = commands[command.rawValue] { note(call) }
    if let script, let call = scripts[ObjectIdentifier(script)]?.call { note(call) }
  }
}
