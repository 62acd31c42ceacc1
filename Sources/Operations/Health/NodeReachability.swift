import Loop
import Redis

/// Which servers can be connected to, as the health check's connections see it.
///
/// Confined to the back office.
package final class NodeReachability {
  /// What has happened.
  package enum Change {
    /// A server finished the handshake of a new connection.
    case answers
    /// A server could not be connected to; it is one of those that cannot be, by now.
    case failed(String, unreachable: Set<SocketAddress>)
  }

  /// Called with each change.
  package var changed: (Change) -> Void = { _ in }
  private var unreachable: Set<SocketAddress> = []

  /// Knows of no server yet.
  package init() {}

  /// The observer of the server at `endpoint`.
  package func observer(of endpoint: Endpoint) -> Observer {
    Observer(endpoint.address, self)
  }

  /// Hears of one server.
  package final class Observer: NodeObserver {
    private let address: SocketAddress
    private let reach: NodeReachability

    fileprivate init(_ address: SocketAddress, _ reach: NodeReachability) {
      self.address = address
      self.reach = reach
    }

    package func observe(_ event: PoolEvent) {
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

    package func circuitChanged(to state: CircuitBreaker.State) {}

    package func retired() {
      reach.unreachable.remove(address)
    }
  }
}
