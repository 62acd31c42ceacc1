import Loop

/// A client behind a ``CircuitBreaker``: while that is open, commands fail at once and Redis is left
/// alone.
///
/// Belongs to its loop's thread.
public final class GuardedClient: RedisClient {
  /// Called when the breaker's state changes.
  public var stateChanged: ((CircuitBreaker.State) -> Void)?

  private let client: any RedisClient
  private let loop: Loop
  private let slowAfter: Duration
  private var breaker: CircuitBreaker

  /// Guards `client`, whose completions arrive on `loop`.
  public init(_ client: any RedisClient, on loop: Loop, settings: CircuitBreaker.Settings) {
    self.client = client
    self.loop = loop
    slowAfter = settings.slowAfter
    breaker = CircuitBreaker(settings)
  }

  /// Sends `command` unless the breaker is open; then it fails as ``RedisError/circuitOpen``.
  public func send(
    _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    let began = loop.now
    guard let permit = changing({ $0.admit(at: began) }) else {
      loop.defer(to: .answer) { completion(.failure(.circuitOpen)) }
      return
    }
    client.send(command) { [self] result in
      let outcome = outcome(of: result, after: loop.now - began)
      changing { $0.ended(permit, outcome, at: loop.now) }
      completion(result)
    }
  }

  /// A new connection was greeted by Redis; see ``CircuitBreaker/redisLives()``.
  public func redisLives() {
    changing { $0.redisLives() }
  }

  @discardableResult
  private func changing<Value>(_ change: (inout CircuitBreaker) -> Value) -> Value {
    let before = breaker.state
    let value = change(&breaker)
    if breaker.state != before { stateChanged?(breaker.state) }
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

@available(*, unavailable, message: "a GuardedClient belongs to its loop's thread")
extension GuardedClient: Sendable {}

extension RedisError {
  /// What the error says about Redis' health.
  fileprivate var breakerOutcome: CircuitBreaker.Outcome {
    switch self {
    case .poolExhausted, .circuitOpen: .unknown
    case .unavailable, .timeout, .connectionLost, .protocolViolation: .failure
    // An error reply is a sign of life, unless it says that nothing works at all.
    case .server(let code, _):
      ["LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN"].contains(code) ? .failure : .success
    }
  }
}
