import Metrics
import Redis

/// What one client does between its callers and the nodes. Confined to the client's thread.
package final class RoutingMetrics {
  private let redirects: [RedirectKind: Counter]
  private let retries: [RetryReason: Counter]
  private let refused: Counter

  /// Takes the cells of one client.
  package init(_ family: RedisMetrics) {
    redirects = Dictionary(
      uniqueKeysWithValues: RedirectKind.allCases.map { ($0, family.redirects.cell($0.rawValue)) })
    retries = Dictionary(
      uniqueKeysWithValues: RetryReason.allCases.map { ($0, family.retries.cell($0.rawValue)) })
    refused = family.retriesRefused.cell()
  }

  /// Notes one event.
  package func observe(_ event: RoutingEvent) {
    switch event {
    case .redirected(let kind): redirects[kind]?.increment()
    case .retried(let reason): retries[reason]?.increment()
    case .retryRefused: refused.increment()
    }
  }
}
