import Locking
import Logging
import Loop
import Redis

/// Says in the log what is wrong with a Redis node, and what to do about it: a line when it begins
/// and a line when it is over, however many pools, commands and attempts meet it.
///
/// All pools of a process share one, on any thread.
package final class ConnectionLog: Sendable {
  private let log: Log
  private let tellsOfConnecting: Bool
  private let lastReasons = Lock<[String: String]>([:])
  private let troubles = Lock(TroubleLedger())
  private let isRefused = Lock(false)
  /// A cluster has many nodes, and one that comes and goes has new reasons.
  private let limit = Lock(LineLimit(lines: 10))

  /// - Parameter tellsOfConnecting: Whether connections that cannot be made are told of; a redis-server
  ///   of our own is not there yet when it is first tried, and has a log of its own.
  package init(_ log: Log, tellsOfConnecting: Bool = true) {
    self.log = log
    self.tellsOfConnecting = tellsOfConnecting
  }

  /// Notes one event of a pool of `node`.
  func observe(_ event: PoolEvent, of node: String) {
    if case .openingFailed = event { isRefused.withLock { $0 = true } }
    switch event {
    case .opened where tellsOfConnecting: connected(to: node)
    case .openingFailed(let reason) where tellsOfConnecting: connectingFailed(reason, to: node)
    case .failed(_, _, let error, _): failed(error)
    default: break
    }
  }

  /// Tells of troubles that are over at `now`, and how many lines were left out; to be called every
  /// second or so.
  package func tick(at now: Instant) {
    let leftOut = limit.withLock { $0.takeLeftOut(at: now) }
    if leftOut > 0 {
      log.warn(
        "more lines about connections to Redis were left out in 10 s", ["lines": .integer(leftOut)])
    }
    for trouble in troubles.withLock({ $0.removeOver(at: now) }) {
      log.info(
        "commands to Redis no longer fail of this; none has for 10 s",
        ["reason": .text(trouble.rawValue)])
    }
  }

  /// Whether a connection could not be made since this was called last.
  package func takeRefusal() -> Bool {
    isRefused.withLock { isRefused in
      defer { isRefused = false }
      return isRefused
    }
  }

  /// A client no longer deals with `node`: what was told of it is told again should it come back.
  func forget(_ node: String) {
    lastReasons.withLock { $0[node] = nil }
  }

  private func connected(to node: String) {
    let wasFailing = lastReasons.withLock { $0.removeValue(forKey: node) != nil }
    guard wasFailing, limit.withLock({ $0.allows(at: .now) }) else { return }
    log.info("connected to Redis", ["node": .text(node)])
  }

  private func connectingFailed(_ reason: String, to node: String) {
    let isNews = lastReasons.withLock { $0.updateValue(reason, forKey: node) != reason }
    guard isNews, limit.withLock({ $0.allows(at: .now) }) else { return }
    if let trouble = RedisTrouble(in: reason) {
      log.warn(
        "cannot connect to Redis", ["error": .text(reason), "do": .text(trouble.advice)])
    } else {
      log.warn("cannot connect to Redis", ["error": .text(reason)])
    }
  }

  private func failed(_ error: RedisError) {
    guard let trouble = RedisTrouble(error) else { return }
    guard troubles.withLock({ $0.met(trouble, at: .now) }) else { return }
    log.warn(
      "commands to Redis fail; requests that need them get 503",
      [
        "reason": .text(trouble.rawValue), "error": .text("\(error)"), "do": .text(trouble.advice),
      ])
  }
}

extension ConnectionLog {
  /// Hears of one node, for a client that counts nothing.
  package final class Observer: NodeObserver {
    private let node: String
    private let log: ConnectionLog

    /// Hears of the node at `endpoint`.
    package init(of endpoint: Endpoint, in log: ConnectionLog) {
      node = "\(endpoint)"
      self.log = log
    }

    package func observe(_ event: PoolEvent) {
      log.observe(event, of: node)
    }

    package func circuitChanged(to state: CircuitBreaker.State) {}

    package func retired() {
      log.forget(node)
    }
  }
}
