import Redis
import Synchronization

/// Says in the log why no connection to a Redis can be made: once for each new reason, however many
/// pools and attempts meet it. Once a connection was made, the same reason is news again.
///
/// All pools of an endpoint share one, on any thread.
final class ConnectionLog: Sendable {
  private let log: Log
  private let lastReason = Mutex<String?>(nil)

  init(_ log: Log) {
    self.log = log
  }

  /// Notes one event of a pool.
  func observe(_ event: PoolEvent) {
    switch event {
    case .opened:
      lastReason.withLock { $0 = nil }
    case .openingFailed(let reason):
      let isNews = lastReason.withLock { last in
        defer { last = reason }
        return last != reason
      }
      if isNews { log.warn("cannot connect to Redis", ["error": .text(reason)]) }
    default: break
    }
  }
}
