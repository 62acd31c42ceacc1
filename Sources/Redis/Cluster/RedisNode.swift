import Loop

/// Hears what happens at one node, as long as a ``RoutingClient`` deals with it. On the loop's
/// thread.
package protocol NodeObserver: AnyObject {
  /// Something happened in the node's pool; see ``PoolEvent``. It must be quick and must not call
  /// the client.
  func observe(_ event: PoolEvent)
  /// The node's circuit breaker changed its state.
  func circuitChanged(to state: CircuitBreaker.State)
  /// The node is no longer of use, and its last connection is closed.
  func retired()
}

/// One node of a Redis, as one front sees it: a pool, and a circuit breaker before it.
///
/// Belongs to its loop's thread.
final class RedisNode {
  /// Where it is, and how it is spoken to.
  let endpoint: Endpoint
  let pool: Pool
  /// Nil where every command is to be tried.
  let breaker: ObservedCircuitBreaker?
  /// When it was last addressed by name, and not because it serves a slot.
  var lastNamed: Instant?
  private let observer: any NodeObserver
  private let loop: Loop
  private var isLookingForLife = false
  private var isClosed = false

  init(
    _ endpoint: Endpoint, settings: RoutingClient.Settings, on loop: Loop, resolver: Resolver,
    observer: any NodeObserver, connectionFailed: @escaping () -> Void
  ) {
    self.endpoint = endpoint
    self.observer = observer
    self.loop = loop
    var opened: () -> Void = {}
    let breaker = settings.breaker.map { breaker in
      ObservedCircuitBreaker(breaker) { state in
        observer.circuitChanged(to: state)
        if state == .open { opened() }
      }
    }
    self.breaker = breaker
    pool = Pool(loop: loop, resolver: resolver, endpoint: endpoint, settings: settings.pool) {
      event in
      observer.observe(event)
      switch event {
      case .opened: breaker?.redisLives()
      case .openingFailed, .closed(.lost), .closed(.timeout): connectionFailed()
      default: break
      }
    }
    opened = { [weak self] in self?.lookForLife() }
  }

  /// While the breaker is open, sends a PING a second past it: a connection that stays open,
  /// because it had nothing to do when others failed, would show no other sign of life.
  private func lookForLife() {
    guard !isLookingForLife else { return }
    isLookingForLife = true
    loop.schedule(after: .seconds(1)) { [weak self] in
      guard let self, !isClosed else { return }
      let began = loop.nowWithoutLag
      pool.send(.ping) { [weak self] result in
        guard let self else { return }
        isLookingForLife = false
        breaker?.pinged(result, after: loop.nowWithoutLag - began)
        if breaker?.isOpen == true { lookForLife() }
      }
    }
  }

  /// Ends it; see ``Pool/close(draining:_:)``.
  func close(draining: Bool, _ closed: @escaping () -> Void = {}) {
    isClosed = true
    pool.close(draining: draining) { [observer] in
      observer.retired()
      closed()
    }
  }
}

@available(*, unavailable, message: "a RedisNode belongs to its loop's thread")
extension RedisNode: Sendable {}
