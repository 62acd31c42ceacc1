import Loop
import Redis

/// Makes the observer of each node of one client, and uses its cells again when the node comes
/// back: cells live as long as the process, and nodes do not.
///
/// Confined to the client's thread.
package final class NodeMetricsFactory {
  private let metrics: RedisMetrics
  private let poolMax: Int
  private let scripts: [Script]
  private let log: ConnectionLog
  private var spare: [String: [NodeMetrics]] = [:]

  /// Observers for a client whose pools have up to `poolMax` connections and call `scripts`.
  package init(_ metrics: RedisMetrics, poolMax: Int, scripts: [Script], log: ConnectionLog) {
    self.metrics = metrics
    self.poolMax = poolMax
    self.scripts = scripts
    self.log = log
  }

  /// The observer of the node at `endpoint` from now on.
  package func observer(of endpoint: Endpoint) -> NodeMetrics {
    let node = "\(endpoint)"
    let observer =
      spare[node]?.popLast()
      ?? NodeMetrics(
        node: node, pool: PoolMetrics(metrics, node: node, max: poolMax, scripts: scripts),
        circuit: CircuitMetrics(metrics, node: node), log: log)
    observer.begin { [weak self] in self?.spare[node, default: []].append(observer) }
    return observer
  }
}

/// One node's cells, and its lines in the log. Confined to its client's thread.
package final class NodeMetrics: NodeObserver {
  private let node: String
  private let pool: PoolMetrics
  private let circuit: CircuitMetrics
  private let log: ConnectionLog
  private var ended: () -> Void = {}

  init(node: String, pool: PoolMetrics, circuit: CircuitMetrics, log: ConnectionLog) {
    self.node = node
    self.pool = pool
    self.circuit = circuit
    self.log = log
  }

  /// A client deals with the node from now on; `ended` is called when it no longer does.
  func begin(_ ended: @escaping () -> Void) {
    self.ended = ended
    pool.began()
    circuit.began()
  }

  package func observe(_ event: PoolEvent) {
    pool.observe(event)
    log.observe(event, of: node)
  }

  package func circuitChanged(to state: CircuitBreaker.State) {
    circuit.changed(to: state)
  }

  package func retired() {
    pool.ended()
    circuit.ended()
    let ended = ended
    self.ended = {}
    ended()
  }
}
