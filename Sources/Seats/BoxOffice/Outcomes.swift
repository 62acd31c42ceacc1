// What can come of each operation. These are outcomes, not errors: all of them are expected, and a
// switch must handle each. What should not happen is a `RedisError`.

/// Seats that are held, as told to the holder.
package struct HeldSeats: Equatable, Sendable {
  /// The signed hold: what releases and buys them.
  package let id: String
  /// For how long they are still held, rounded down.
  package let expiresInSeconds: Int
  /// How many seats of the event are available now.
  package let remaining: Int
}

/// What came of asking for seats.
package enum HoldOutcome: Equatable, Sendable {
  case held(HeldSeats)
  /// The person holds exactly these already; it is the same hold.
  case heldAlready(HeldSeats)
  /// Others hold or have bought these; nothing is held.
  case unavailable([String])
  /// Nothing is available, and nothing may come back.
  case soldOut
  /// The event has no such seats; nothing is held.
  case unknownSeats([String])
  /// The person would have more than one person may.
  case limitReached
  case grantInvalid
  case grantExpired
}

/// What came of giving seats back.
package enum ReleaseOutcome: Equatable, Sendable {
  /// They were held for so long, in seconds; nil if the hold had ended before.
  case released(heldSeconds: Double?)
  /// They are bought.
  case confirmed
  /// Not a hold of ours.
  case notFound
}

/// What came of buying seats.
package enum ConfirmOutcome: Equatable, Sendable {
  /// The seats, which were held for so long, in seconds; nil if they had been bought before.
  case confirmed([String], heldSeconds: Double?)
  /// The hold is over; nothing was bought.
  case expired
  /// Not a hold of ours.
  case notFound
}

/// What came of taking one of an item.
package enum TakeOutcome: Equatable, Sendable {
  case taken(TakenItem)
  /// The person has one; it is the one taken before.
  case takenAlready(TakenItem)
  case soldOut
  /// The event has no such item.
  case unknownItem
  case grantInvalid
  case grantExpired
}

/// What came of asking for the map.
package enum MapOutcome {
  case page(SeatPage)
  /// It is as the caller knows it.
  case unchanged(version: Int64)
  /// The event has no seats.
  case none
}
