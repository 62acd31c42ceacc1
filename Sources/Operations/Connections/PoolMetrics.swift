import Loop
import Metrics
import Redis

/// One pool's cells: takes the pool's events. Confined to the pool's thread.
final class PoolMetrics {
  private let family: RedisMetrics
  private let node: String
  private let used: Gauge
  private let idle: Gauge
  private let most: Gauge
  private let max: Int
  private let pending: Gauge
  private let timeouts: Counter
  private let waits: Histogram
  private let opened: Counter
  private let closed: [CloseReason: Counter]

  /// Cells of a pool of up to `max` connections to `node`.
  init(_ family: RedisMetrics, node: String, max: Int) {
    self.family = family
    self.node = node
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
  }

  /// A pool begins.
  func began() {
    most.set(Double(max))
  }

  /// The pool is gone.
  func ended() {
    for gauge in [used, idle, most, pending] { gauge.set(0) }
  }

  /// Takes the cells out of their series: nothing is noted any more.
  func remove() {
    family.connections.remove(used, node, "used")
    family.connections.remove(idle, node, "idle")
    family.connectionsMax.remove(most, node)
    family.pending.remove(pending, node)
    family.timeouts.remove(timeouts, node)
    family.waits.remove(waits, node)
    family.opened.remove(opened, node)
    for (reason, cell) in closed { family.closed.remove(cell, node, reason.rawValue) }
  }

  /// Notes one event; ``CallMetrics`` has what became of commands.
  func observe(_ event: PoolEvent) {
    switch event {
    case .opened: opened.increment()
    case .closed(let reason): closed[reason]?.increment()
    case .occupancy(let now):
      used.set(Double(now.used))
      idle.set(Double(now.idle))
      pending.set(Double(now.waiting))
    case .waited(let duration): waits.observe(duration.seconds)
    case .waitTimedOut: timeouts.increment()
    case .openingFailed, .answered, .failed, .reloaded: break
    }
  }
}
