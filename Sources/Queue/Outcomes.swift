// What can come of each operation. These are outcomes, not errors: all of them are expected, and a
// switch must handle each. What should not happen is a `RedisError`.

/// A place in line, as told to whoever joins.
public struct Place: Equatable, Sendable {
  /// The waiting token.
  public let token: String
  /// 1 is first.
  public let position: Int
  /// Seconds until the place is ready, rounded up.
  public let etaSeconds: Int
  /// Seconds until the next poll.
  public let pollAfterSeconds: Int
}

/// What came of joining.
public enum JoinOutcome: Equatable, Sendable {
  case joined(Place)
  /// The person waits already; the place is the same as before.
  case alreadyWaiting(Place)
  /// The event takes nobody any more.
  case closed
  /// As many people wait as may.
  case full
  /// Everything is sold, and nobody shall queue for nothing.
  case soldOut
}

/// Where someone stands at this moment.
public struct Standing: Equatable, Sendable {
  /// 1 is first.
  public let position: Int
  /// Seconds until the place is ready, rounded up; 0 when it is.
  public let etaSeconds: Int
  /// Seconds since the person joined.
  public let waitedSeconds: Int
  /// Whether entering now is granted.
  public let isReady: Bool
  /// Seconds until the next poll.
  public let pollAfterSeconds: Int
  /// How many people wait.
  public let queueLength: Int
  /// Whether nothing is left to get, of what the event had.
  public let isSoldOut: Bool
  /// Whether this very poll put the person back in line.
  public let hasResumed: Bool
}

/// Why a token waits no longer.
public enum Gone: Equatable, Sendable {
  /// Not a token of ours.
  case notFound
  case alreadyAdmitted
  case alreadyLeft
  /// Older than `ticket-ttl`.
  case expired
}

/// What came of asking for the status.
public enum StatusOutcome: Equatable, Sendable {
  case waiting(Standing)
  case gone(Gone)
}

/// A grant that was given.
public struct Admission: Equatable, Sendable {
  /// The reservation token.
  public let token: String
  /// Seconds for which it is still valid.
  public let ttlSeconds: Int
  /// How long the person waited, and the wait promised at join if the audit trail still knows it; nil
  /// when this only repeats an earlier grant.
  public let wait: Wait?

  /// A wait that has ended.
  public struct Wait: Equatable, Sendable {
    /// From joining to being admitted, by Redis' clock.
    public let actualSeconds: Double
    /// The ETA told at join.
    public let promisedSeconds: Int?
  }
}

/// What came of asking to enter.
public enum EnterOutcome: Equatable, Sendable {
  case granted(Admission)
  case notReady(Standing)
  case gone(Gone)
}

/// What came of leaving.
public enum LeaveOutcome: Equatable, Sendable {
  /// The person waits no longer, and did not before if this was a repetition.
  case left
  case gone(Gone)
}

/// What a reservation token is worth.
public enum VerifyOutcome: Equatable, Sendable {
  case valid(Grant, expiresInSeconds: Int)
  case invalid(Reason)

  /// Why a reservation token is worth nothing.
  public enum Reason: String, Equatable, Sendable {
    /// Forged, damaged, or signed with a secret that is no longer accepted.
    case unknown
    /// Its time has passed.
    case expired
  }
}
