// What can come of what an operator does to people.

/// How many people a reset removed.
package struct Removed: Equatable, Sendable, CustomStringConvertible {
  package var waiting = 0
  package var parked = 0
  package var inside = 0

  /// Nobody, or so many.
  package init(waiting: Int = 0, parked: Int = 0, inside: Int = 0) {
    (self.waiting, self.parked, self.inside) = (waiting, parked, inside)
  }

  /// `waiting=5 parked=0 inside=3`, for the log.
  package var description: String { "waiting=\(waiting) parked=\(parked) inside=\(inside)" }

  static func += (sum: inout Removed, more: Removed) {
    sum.waiting += more.waiting
    sum.parked += more.parked
    sum.inside += more.inside
  }
}

/// What came of a reset.
package enum ResetOutcome: Equatable, Sendable {
  case done(Removed)
  /// No one was ever there.
  case unknown
}

/// What a person was who was removed.
package enum Removal: String, Equatable, Sendable {
  case waiting, parked, inside
  /// Nowhere: the person is only kept out.
  case absent
}

/// What came of removing a person.
package enum RemoveOutcome: Equatable, Sendable {
  /// The person is kept out until then, ms of Redis time; nil if not.
  case removed(Removal, until: Int64?)
  /// There is no such person.
  case unknown
}

/// What came of calling a person.
package enum AdmitOutcome: Equatable, Sendable {
  /// The person stands there, and may enter for so many seconds; `isNew` says whether by this call.
  case called(position: Int, seconds: Int, isNew: Bool)
  /// The person is inside already.
  case inside
  /// No such person waits.
  case unknown
}

/// A part of an event's audit trail.
package struct Trail: Equatable, Sendable {
  /// The latest first.
  package var entries: [TrailEntry]
  /// From where to go on; nil when nothing older is there.
  package var next: String?

  /// Whether a person's whole story is there: nothing older was left out, and it begins with joining.
  package var isComplete: Bool {
    let own = entries.last { $0.fields["user"] != nil }
    return next == nil && (own.map { $0.operation == "join" } ?? true)
  }
}
