/// What a ``RoutingClient`` did that its callers did not ask for.
package enum RoutingEvent: Equatable, Sendable {
  /// A node said that another should be asked, or the same again.
  case redirected(RedirectKind)
  /// A command was sent once more.
  case retried(RetryReason)
  /// A command was not sent once more, because too many were.
  case retryRefused
}
