import Loop
import Redis

/// Which servers can be connected to, as the health check's connections see it.
///
/// Confined to the back office.
final class Reach {
  /// What has happened.
  enum Change {
    /// A server greeted a new connection.
    case answers
    /// A server could not be connected to; it is one of those that cannot be, by now.
    case failed(String, unreachable: Set<SocketAddress>)
  }

  /// Called with each change.
  var changed: (Change) -> Void = { _ in }
  private var unreachable: Set<SocketAddress> = []

  /// What hears of the server at `endpoint`.
  func observer(of endpoint: Endpoint) -> Observer {
    Observer(endpoint.address, self)
  }

  final class Observer: NodeObserver {
    private let address: SocketAddress
    private let reach: Reach

    fileprivate init(_ address: SocketAddress, _ reach: Reach) {
      self.address = address
      self.reach = reach
    }

    func observe(_ event: PoolEvent) {
      switch event {
      case .opened:
        reach.unreachable.remove(address)
        reach.changed(.answers)
      case .openingFailed(let reason):
        reach.unreachable.insert(address)
        reach.changed(.failed(reason, unreachable: reach.unreachable))
      default: break
      }
    }

    func circuitChanged(to state: CircuitBreaker.State) {}

    func retired() {
      reach.unreachable.remove(address)
    }
  }
}

extension RoutingClient {
  /// Asks every master whether it answers, and says so as soon as one does, or what the last one failed
  /// with: a sidecar whose Redis has lost one shard of several still serves the events of the others.
  func pingMasters(_ completion: @escaping (Result<Void, RedisError>) -> Void) {
    let masters = masters
    // There is none to ask; this fails with the reason.
    if masters.isEmpty { return send(.ping) { completion($0.map { _ in }) } }
    var missing = masters.count
    var isOver = false
    for master in masters {
      send(.ping, to: master) { result in
        missing -= 1
        if isOver { return }
        if case .failure = result, missing > 0 { return }
        isOver = true
        completion(result.map { _ in })
      }
    }
  }
}
