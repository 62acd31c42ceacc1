import Locking
import Redis

/// Says in the log why no connection to a Redis node can be made: once for each new reason, however many
/// pools and attempts meet it. Once a connection was made, the same reason is news again.
///
/// All pools of a process share one, on any thread.
final class ConnectionLog: Sendable {
  private let log: Log
  private let lastReasons = Lock<[String: String]>([:])

  init(_ log: Log) {
    self.log = log
  }

  /// Notes one event of a pool of `node`.
  func observe(_ event: PoolEvent, of node: String) {
    switch event {
    case .opened:
      lastReasons.withLock { $0[node] = nil }
    case .openingFailed(let reason):
      let isNews = lastReasons.withLock { $0.updateValue(reason, forKey: node) != reason }
      if isNews { log.warn("cannot connect to Redis", ["error": .text(reason)]) }
    default: break
    }
  }
}

extension ConnectionLog {
  /// Hears of one node, for a client that counts nothing.
  final class Observer: NodeObserver {
    private let node: String
    private let log: ConnectionLog?

    init(of endpoint: Endpoint, in log: ConnectionLog?) {
      node = "\(endpoint)"
      self.log = log
    }

    func observe(_ event: PoolEvent) {
      log?.observe(event, of: node)
    }

    func circuitChanged(to state: CircuitBreaker.State) {}

    func retired() {}
  }
}
