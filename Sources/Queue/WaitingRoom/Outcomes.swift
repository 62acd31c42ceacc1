import Loop

// What can come of each operation. These are outcomes, not errors: all of them are expected, and a
// switch must handle each. What should not happen is a `RedisError`.

/// A place in line, as told to a person who joins.
package struct Place: Equatable, Sendable {
  /// The waiting token.
  package let token: String
  /// 1 is first.
  package let position: Int
  /// How long it is until the call.
  package let eta: ETA
  /// Seconds until the next poll.
  package let pollAfterSeconds: Int
  /// For how many seconds the person may enter; nil for one who is not called.
  package let enterWithinSeconds: Int?
  /// What the event's door does.
  package let door: Door
}

/// What the door of an event does, as people are told.
package struct Door: Equatable, Sendable {
  /// What it does.
  package let state: LineSnapshot.EventState
  /// When people begin to be called; nil where that has begun.
  package let opensAt: WallTime?
}

/// What came of joining.
package enum JoinOutcome: Equatable, Sendable {
  case joined(Place)
  /// The person waits already; the place is the same as before.
  case alreadyWaiting(Place)
  /// The person is inside, by a grant, which is the one that was given before.
  case alreadyInside(Admission)
  /// The person is inside by a session.
  case inSession(LiveSession)
  /// An anonymous person's join is repeated, who was admitted meanwhile.
  case alreadyAdmitted
  /// The event takes no one before `joinsAt`, which is in so many seconds.
  case upcoming(joinsAt: WallTime, seconds: Int, Door)
  /// An operator keeps the person out for so many seconds more.
  case keptOut(seconds: Int)
  /// The event takes no one any more.
  case closed
  /// As many people wait as may.
  case full
  /// Everything is sold, and no one shall queue for nothing.
  case soldOut
  /// There is no such event: only operators create any.
  case unknownEvent
  /// There are as many events as may be, and this would be one more.
  case tooManyEvents
}

/// Where a person stands at this moment.
package struct Standing: Equatable, Sendable {
  /// 1 is first.
  package let position: Int
  /// How long it is until the call.
  package let eta: ETA
  /// Seconds since the person joined.
  package let waitedSeconds: Int
  /// For how many seconds the person may enter, without those of a pause; nil for one who is not called.
  package let enterWithinSeconds: Int?
  /// Whether entering now is granted.
  package let isReady: Bool
  /// Seconds until the next poll.
  package let pollAfterSeconds: Int
  /// How many people wait.
  package let queueLength: Int
  /// What the event's door does.
  package let door: Door
  /// Whether nothing is left to get, of what the event had.
  package let isSoldOut: Bool
  /// Whether this very poll put the person back in line.
  package let hasResumed: Bool
  /// The waiting token with a later stamp, to be kept in place of the one that was shown; nil where that
  /// one is new enough.
  package var renewedToken: String?
}

/// Why a token waits no longer.
package enum Gone: Equatable, Sendable {
  /// Not a token of ours.
  case notFound
  /// The person was let in; for so many seconds more the person is inside, nil if no longer.
  case alreadyAdmitted(insideSeconds: Int?)
  case alreadyLeft
  /// An operator removed the person.
  case removed
  /// Older than `ticket-ttl`.
  case expired

}

/// What came of asking for the status.
package enum StatusOutcome: Equatable, Sendable {
  case waiting(Standing)
  case gone(Gone)
}

/// A grant that was given.
package struct Admission: Equatable, Sendable {
  /// The reservation token.
  package let token: String
  /// Seconds for which it is still valid.
  package let ttlSeconds: Int
  /// How long the person waited; nil when this only repeats an earlier grant.
  package let wait: Wait?

  /// A wait that has ended.
  package struct Wait: Equatable, Sendable {
    /// From joining to being admitted, by Redis' clock.
    package let actualSeconds: Double
    /// What was told at join, if that was a number and the audit trail still knows it.
    package let promise: Promise?
  }

  /// What was promised at join, and what came of it.
  package struct Promise: Equatable, Sendable {
    /// The ETA, and the interval.
    package let seconds: Int
    package let low: Int
    package let high: Int
    /// How long it was until the call, without pauses.
    package let tookSeconds: Double
  }
}

/// What came of asking to enter.
package enum EnterOutcome: Equatable, Sendable {
  case granted(Admission)
  case notReady(Standing)
  /// The person is called, but the event is paused.
  case paused(Standing)
  case gone(Gone)
}

/// What came of leaving.
package enum LeaveOutcome: Equatable, Sendable {
  /// The person waits no longer, and did not before if this was a repetition.
  case left
  case gone(Gone)
}

/// A session, as its bearer is told.
package struct LiveSession: Equatable, Sendable {
  /// The session token.
  package let token: String
  /// For how long it lasts without being renewed, rounded up.
  package let expiresInSeconds: Int
}

/// What came of exchanging a grant, or of renewing a session.
package enum SessionOutcome: Equatable, Sendable {
  /// The session began just now.
  case started(LiveSession)
  /// It ran already.
  case running(LiveSession)
  case refused(VerifyOutcome.Reason)
}

/// What came of ending a session.
package enum SessionEndOutcome: Equatable, Sendable {
  case ended
  case endedBefore
  case refused(VerifyOutcome.Reason)
}

/// What a reservation token or a session token is worth.
package enum VerifyOutcome: Equatable, Sendable {
  case valid(Pass, expiresInSeconds: Int)
  case invalid(Reason)

  /// Why a token is worth nothing.
  package enum Reason: String, Equatable, Sendable {
    /// Forged, damaged, or signed with a secret that is no longer accepted.
    case unknown
    /// Its time has passed.
    case expired
    /// The session was ended before its time.
    case ended
    /// Good, but for another event than the one that was named.
    case otherEvent = "other_event"
  }
}
