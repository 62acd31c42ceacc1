import Logging
import Redis

/// Says once that a Redis which was named as one server is a node of a cluster. usher follows its
/// redirections, but asks the wrong node first every time, and goes down with it.
///
/// Confined to one front.
package final class ClusterWarning {
  private let log: Log
  private var isDue: Bool

  /// Warns only where `deployment` is one server.
  package init(_ deployment: Deployment, _ log: Log) {
    self.log = log
    isDue = deployment.kind == .single
  }

  /// Notes one event of a client.
  package func observe(_ event: RoutingEvent) {
    guard isDue, case .redirected = event else { return }
    isDue = false
    log.warn("this Redis is a node of a cluster; name it with redis+cluster:// (or rediss+…)")
  }
}
