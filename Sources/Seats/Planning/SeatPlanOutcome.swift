/// What came of putting a list of seats in place.
package enum SeatPlanOutcome: Equatable, Sendable {
  /// The event has these seats now, and no others.
  case done(SeatPlanReport)
  /// These are held or bought, and the new list does not have them. They stay.
  case inUse([String])
  /// Another list was begun meanwhile, and wins.
  case superseded
}

/// What a new list of seats has changed.
package struct SeatPlanReport: Equatable, Sendable {
  /// As they stand now.
  package var counts: SeatCounts
  /// Seats that were not there before.
  package var added: Int
  /// Seats that are there no longer.
  package var removed: Int
}
