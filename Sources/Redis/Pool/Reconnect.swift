import Loop

/// What a pool remembers of failures, and when it may try again.
///
/// Failures are forgotten when a command is answered, not already when a connection was made: a
/// Redis that accepts and drops must not be stormed.
struct Reconnect {
  private let backoff: Backoff
  private var failuresInARow = 0
  /// When the pause after the last failure ends; nil when there is none.
  private(set) var retryAt: Instant?
  /// What went wrong last, as a sentence.
  private(set) var lastFailure: String?

  init(_ backoff: Backoff) {
    self.backoff = backoff
  }

  /// Whether one attempt at a time is enough for now.
  var isCautious: Bool { failuresInARow > 0 }

  /// Whether there is a pause at `now`.
  func pauses(at now: Instant) -> Bool { retryAt.map { now < $0 } ?? false }

  /// A connection that had served was lost: nothing says yet that another cannot be made.
  mutating func lost(_ sentence: String) {
    lastFailure = sentence
  }

  /// A connection could not be made, or answered no command before it was lost. What fails during a
  /// pause was begun before it, and counts with the failure that began it.
  mutating func failed(_ sentence: String, at now: Instant, jitter: Double) {
    lastFailure = sentence
    if pauses(at: now) { return }
    failuresInARow += 1
    retryAt = now + backoff.pause(afterFailures: failuresInARow, jitter: jitter)
  }

  /// There is no need to wait any longer.
  mutating func endPause() {
    retryAt = nil
  }

  /// A connection was made.
  mutating func connected() {
    lastFailure = nil
    retryAt = nil
  }

  /// A command was answered.
  mutating func served() {
    failuresInARow = 0
  }
}
