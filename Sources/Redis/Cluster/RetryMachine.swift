import Loop

/// What a node that cannot serve a command now made a client do instead; see ``RoutingEvent``.
package enum RedirectKind: String, CaseIterable, Sendable {
  /// Another node serves the slot.
  case moved
  /// The slot is on its way to another node, and this key is there already.
  case ask
  /// The slot is on its way, and its keys are on both sides.
  case tryAgain = "tryagain"
}

/// Why a command was sent once more.
package enum RetryReason: String, CaseIterable, Sendable {
  /// Its connection ended before the reply.
  case connectionLost = "connection_lost"
  /// There was no connection to send it on.
  case unavailable
  /// The node is reading its data.
  case loading
  /// The node is a replica and has no master.
  case masterDown = "masterdown"
  /// The cluster does not serve the slot at the moment.
  case clusterDown = "clusterdown"
  /// The node has become a replica.
  case readOnly = "readonly"
}

/// What becomes of one command that did not succeed at once: which node to ask next, and when, or
/// that it is over. All of it ends at one deadline.
///
/// All that ``Command`` can say may be said twice: reads change nothing, `SET NX`, `ZADD` and
/// `ZREM…` come to the same, and the scripts know a repetition when they see one.
struct RetryMachine {
  /// What to do next.
  enum Step: Equatable {
    /// Tell the caller this.
    case giveUp(RedisError)
    /// Ask the node that is named, at once.
    case follow(Redirection)
    /// Ask the node that serves the slot by then, after a pause. A ``RetryReason`` must fit the
    /// budget.
    case wait(Duration, Cause)
  }

  /// Why there is a pause.
  enum Cause: Equatable {
    case redirect(RedirectKind)
    case retry(RetryReason)
  }

  /// When the command is over, whatever it is waiting for.
  let deadline: Instant

  private var redirects = 0
  private var pauses = 0
  /// The first error after which the command may have been carried out.
  private var doubt: RedisError?

  /// Two nodes that point at each other are not followed for ever.
  private static let mostRedirects = 5
  private static let firstPause = Duration.milliseconds(10)
  private static let mostPauses = 6

  /// The machine of a command that must be over at `deadline`.
  init(deadline: Instant) {
    self.deadline = deadline
  }

  /// The node at `sender` failed to answer, with `error`. `jitter`, from 0 up to 1, spreads the
  /// pauses of commands that fail together.
  mutating func failed(
    _ error: RedisError, at sender: SocketAddress, now: Instant, jitter: Double
  ) -> Step {
    if error.mayHaveHappened, doubt == nil { doubt = error }
    guard now < deadline else { return .giveUp(verdict(error)) }
    if let redirection = Redirection(error, from: sender) {
      redirects += 1
      return redirects > Self.mostRedirects ? .giveUp(verdict(error)) : .follow(redirection)
    }
    guard let cause = Cause(error), pauses < Self.mostPauses else { return .giveUp(verdict(error)) }
    let pause = Self.pause(number: pauses, jitter: jitter)
    guard now + pause < deadline else { return .giveUp(verdict(error)) }
    pauses += 1
    // By then things stand differently, and may have moved as often again.
    redirects = 0
    return .wait(pause, cause)
  }

  /// What to tell the caller when it ends with `error`: whether the command was carried out must
  /// not be denied because a later attempt certainly was not.
  func verdict(_ error: RedisError) -> RedisError { doubt ?? error }

  /// Twice as long each time; half of it at least.
  private static func pause(number: Int, jitter: Double) -> Duration {
    let longest = firstPause * (1 << number)
    return .nanoseconds(Int64(Double(longest.nanoseconds) * (0.5 + jitter / 2)))
  }
}

extension RetryMachine.Cause {
  /// Why a command that failed with `error` may succeed a moment later; nil if nothing says so.
  init?(_ error: RedisError) {
    switch error {
    case .connectionLost: self = .retry(.connectionLost)
    case .unavailable: self = .retry(.unavailable)
    case .server("TRYAGAIN", _): self = .redirect(.tryAgain)
    case .server("LOADING", _): self = .retry(.loading)
    case .server("MASTERDOWN", _): self = .retry(.masterDown)
    case .server("CLUSTERDOWN", _): self = .retry(.clusterDown)
    case .server("READONLY", _): self = .retry(.readOnly)
    // Busy as it is, or with no time left: more of the same would not help.
    case .server, .poolExhausted, .circuitOpen, .timeout, .protocolViolation: return nil
    }
  }
}
