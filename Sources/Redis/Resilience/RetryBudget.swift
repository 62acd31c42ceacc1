/// How many commands may be sent a second time: a tenth of those that are sent at all, so that a
/// Redis in trouble is not asked more for being in trouble.
///
/// Each command puts a tenth of a retry in, up to a limit, and each retry takes one out. So over
/// any time there are no more retries than a tenth of the commands, plus the few of the beginning.
///
/// Source: Google, Site Reliability Engineering, chapter 22, "Retry budget".
struct RetryBudget {
  private static let share = 0.1
  /// What a client begins with: one that has little to do may retry as well.
  private static let initial = 5.0
  /// A tenth of the last thousand commands: what a lost connection takes with it.
  private static let limit = 100.0

  private var retries = initial

  /// A command is sent for the first time.
  mutating func commandBegan() {
    retries = min(Self.limit, retries + Self.share)
  }

  /// Takes one retry out; false if there is none.
  mutating func take() -> Bool {
    guard retries >= 1 else { return false }
    retries -= 1
    return true
  }
}
