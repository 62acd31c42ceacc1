import Loop

/// A command that did not succeed at once, until its caller has an answer.
final class Retry {
  let command: Command
  let completion: (Result<Reply, RedisError>) -> Void
  /// What comes next.
  var machine: RetryMachine
  /// Ends it at its deadline.
  var timer: Loop.TimerID?
  /// Why it waits; nil while it is under way.
  var reason: RedisError?
  /// Whether the caller has the answer.
  var isOver = false

  /// A command that must be over at `deadline`.
  init(
    _ command: Command, deadline: Instant,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    self.command = command
    self.completion = completion
    machine = RetryMachine(deadline: deadline)
  }

  /// What the caller is told when the deadline has come.
  var lastWord: RedisError { machine.verdict(reason ?? .timeout) }
}

@available(*, unavailable, message: "a Retry belongs to its loop's thread")
extension Retry: Sendable {}
