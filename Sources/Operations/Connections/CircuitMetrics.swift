import Metrics
import Redis

/// One circuit breaker's cells. Confined to the breaker's thread.
final class CircuitMetrics {
  private let states: [CircuitBreaker.State: (now: Gauge, transitions: Counter)]

  private let family: RedisMetrics
  private let node: String

  /// Cells of a breaker before `node`.
  init(_ family: RedisMetrics, node: String) {
    self.family = family
    self.node = node
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

  /// Takes the cells out of their series: nothing is noted any more.
  func remove() {
    for (state, cells) in states {
      family.circuitState.remove(cells.now, node, state.rawValue)
      family.circuitTransitions.remove(cells.transitions, node, state.rawValue)
    }
  }

  /// Notes that the breaker is in `state` from now on.
  func changed(to state: CircuitBreaker.State) {
    for (other, cells) in states { cells.now.set(other == state ? 1 : 0) }
    states[state]?.transitions.increment()
  }
}
