import Loop
import Redis

/// Makes the observer of each node of one client. The series of a node go when it has been gone for some
/// minutes: with each rollout of a cluster its nodes have other addresses.
///
/// Confined to the client's thread.
package final class NodeMetricsFactory {
  /// So many nodes have series of their own; all others are `other` together.
  static let limit = 500

  private let metrics: RedisMetrics
  private let poolMax: Int
  private let calls: CallMetrics
  private let log: ConnectionLog
  private let loop: Loop
  private var shelf = NodeShelf<NodeMetrics>()
  /// How many observers have series of their own.
  private var own = 0

  /// Observers for a client on `loop` whose pools have up to `poolMax` connections and call `scripts`.
  package init(
    _ metrics: RedisMetrics, poolMax: Int, scripts: [Script], log: ConnectionLog, loop: Loop
  ) {
    self.metrics = metrics
    self.poolMax = poolMax
    calls = CallMetrics(metrics, scripts: scripts)
    self.log = log
    self.loop = loop
  }

  /// The observer of the node at `endpoint` from now on.
  package func observer(of endpoint: Endpoint) -> NodeMetrics {
    let node = "\(endpoint)"
    let observer = shelf.take(node) ?? make(node)
    observer.begin { [weak self] in self?.ended(observer) }
    return observer
  }

  private func make(_ node: String) -> NodeMetrics {
    if own >= Self.limit, let oldest = shelf.takeOldest() { remove(oldest) }
    let hasOwn = own < Self.limit
    if hasOwn { own += 1 }
    let label = hasOwn ? node : "other"
    return NodeMetrics(
      node: node, hasOwnSeries: hasOwn, pool: PoolMetrics(metrics, node: label, max: poolMax),
      circuit: CircuitMetrics(metrics, node: label), calls: calls, log: log)
  }

  private func ended(_ observer: NodeMetrics) {
    guard observer.hasOwnSeries else { return observer.remove() }
    shelf.put(observer, of: observer.node, at: loop.now)
    loop.schedule(after: NodeShelf<NodeMetrics>.patience) { [weak self] in
      guard let self else { return }
      forgetGone(at: loop.now)
    }
  }

  /// Ends the series of nodes that are gone for too long at `now`.
  func forgetGone(at now: Instant) {
    for observer in shelf.takeOver(at: now) { remove(observer) }
  }

  private func remove(_ observer: NodeMetrics) {
    own -= 1
    observer.remove()
  }
}

@available(*, unavailable, message: "a NodeMetricsFactory belongs to its client's thread")
extension NodeMetricsFactory: Sendable {}

/// One node's cells, and its lines in the log. Confined to its client's thread.
package final class NodeMetrics: NodeObserver {
  let node: String
  /// Whether its series are of this node alone.
  let hasOwnSeries: Bool
  private let pool: PoolMetrics
  private let circuit: CircuitMetrics
  private let calls: CallMetrics
  private let log: ConnectionLog
  private var ended: () -> Void = {}

  init(
    node: String, hasOwnSeries: Bool, pool: PoolMetrics, circuit: CircuitMetrics,
    calls: CallMetrics, log: ConnectionLog
  ) {
    self.node = node
    self.hasOwnSeries = hasOwnSeries
    self.pool = pool
    self.circuit = circuit
    self.calls = calls
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
    calls.observe(event)
    log.observe(event, of: node)
  }

  package func circuitChanged(to state: CircuitBreaker.State) {
    circuit.changed(to: state)
  }

  package func retired() {
    pool.ended()
    circuit.ended()
    log.forget(node)
    let ended = ended
    self.ended = {}
    ended()
  }

  /// Takes the cells out of their series: nothing is noted any more.
  func remove() {
    pool.remove()
    circuit.remove()
  }
}
