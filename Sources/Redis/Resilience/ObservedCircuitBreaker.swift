import Loop

/// A ``CircuitBreaker`` that is told replies and errors, and tells when its state changes.
///
/// Belongs to one loop's thread.
final class ObservedCircuitBreaker {
  private let slowAfter: Duration
  private let stateChanged: (CircuitBreaker.State) -> Void
  private var breaker: CircuitBreaker

  /// A closed breaker.
  init(
    _ settings: CircuitBreaker.Settings,
    stateChanged: @escaping (CircuitBreaker.State) -> Void = { _ in }
  ) {
    slowAfter = settings.slowAfter
    self.stateChanged = stateChanged
    breaker = CircuitBreaker(settings)
  }

  /// See ``CircuitBreaker/admit(at:)``.
  func admit(at now: Instant) -> CircuitBreaker.Permit? {
    changing { $0.admit(at: now) }
  }

  /// A command that was admitted ended with `result`, this long after it was sent, but for the time
  /// that was this loop's own: a Redis is not ill because we are busy.
  func ended(
    _ permit: CircuitBreaker.Permit, _ result: Result<Reply, RedisError>, after elapsed: Duration,
    at now: Instant
  ) {
    let outcome = outcome(of: result, after: elapsed)
    changing { $0.ended(permit, outcome, at: now) }
  }

  /// Whether nothing is let through for now.
  var isOpen: Bool { breaker.state == .open }

  /// A PING that was sent past the breaker ended: a prompt answer shows that Redis lives.
  func pinged(_ result: Result<Reply, RedisError>, after elapsed: Duration) {
    if outcome(of: result, after: elapsed) == .success { redisLives() }
  }

  /// A new connection finished its handshake; see ``CircuitBreaker/redisLives()``.
  func redisLives() {
    changing { $0.redisLives() }
  }

  @discardableResult
  private func changing<Value>(_ change: (inout CircuitBreaker) -> Value) -> Value {
    let before = breaker.state
    let value = change(&breaker)
    if breaker.state != before { stateChanged(breaker.state) }
    return value
  }

  private func outcome(
    of result: Result<Reply, RedisError>, after elapsed: Duration
  ) -> CircuitBreaker.Outcome {
    switch result {
    case .success: elapsed > slowAfter ? .failure : .success
    case .failure(let error): error.breakerOutcome
    }
  }
}

@available(*, unavailable, message: "an ObservedCircuitBreaker belongs to its loop's thread")
extension ObservedCircuitBreaker: Sendable {}

extension RedisError {
  /// What the error says about the health of the node that it came from.
  fileprivate var breakerOutcome: CircuitBreaker.Outcome {
    switch self {
    case .poolExhausted, .circuitOpen, .stillConnecting: .unknown
    case .unavailable, .timeout, .connectionLost, .protocolViolation: .failure
    // An error reply is a sign of life, unless it says that nothing works at all. That other nodes
    // of its cluster are down is no fault of the one that says so, and it is the first to know
    // better.
    case .server(let code, _):
      ["LOADING", "BUSY", "MASTERDOWN"].contains(code) ? .failure : .success
    }
  }
}
