import Loop

/// How long to leave a Redis alone after attempts to reach it have failed: twice as long each time,
/// up to a limit, and then any part of that, so that clients that lost it together do not come back
/// together.
///
/// Source: "full jitter" in
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
package struct Backoff: Equatable, Sendable {
  /// The longest pause after the first failure.
  package var first: Duration
  /// The longest pause after any number of failures.
  package var longest: Duration

  /// Pauses that grow from `first` to `longest`.
  package init(first: Duration = .milliseconds(50), longest: Duration = .seconds(1)) {
    self.first = first
    self.longest = longest
  }

  /// The pause after so many failures in a row (at least one); `jitter`, from 0 up to 1, says how
  /// much of it.
  package func pause(afterFailures failures: Int, jitter: Double) -> Duration {
    // Beyond 2³⁰ times the first pause there is only the longest.
    let doubled = first * (1 << min(failures - 1, 30))
    return .nanoseconds(Int64(Double(min(doubled, longest).nanoseconds) * jitter))
  }
}
