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
  /// The person would have more than one may.
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

/// One of an item, as told to whoever took it.
package struct TakenItem: Equatable, Sendable {
  /// 1 for the first that anybody took.
  package let number: Int
  /// How many are left.
  package let remaining: Int
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

/// What a seat can be.
package enum SeatState: String, CaseIterable, Sendable {
  case available
  case held
  case sold
}

/// How many seats an event has.
package struct SeatCounts: Equatable, Sendable {
  /// All of them.
  package let total: Int
  /// Nobody's yet.
  package let available: Int
  /// Somebody's for a while.
  package let held: Int
  /// Somebody's.
  package let sold: Int
}

/// A page of the map of seats, as it was at one moment. Confined to the thread of who asked for it.
package final class SeatPage {
  /// What every change to the map changes; 0 if there never was one.
  package let version: Int64
  /// Of the whole event.
  package let counts: SeatCounts
  /// In the order of the list.
  package let seats: [(id: String, state: SeatState)]
  /// The place behind which the next page begins; nil if this is the last.
  package let next: Int64?
  /// What the one who tells the page has made of it: kept with it, as everybody is told the same.
  package var body: [UInt8]?

  init(
    version: Int64, counts: SeatCounts, seats: [(id: String, state: SeatState)], next: Int64?
  ) {
    self.version = version
    self.counts = counts
    self.seats = seats
    self.next = next
  }
}

@available(*, unavailable, message: "a SeatPage belongs to its front's thread")
extension SeatPage: Sendable {}

/// What came of asking for the map.
package enum MapOutcome {
  case page(SeatPage)
  /// It is as the caller knows it.
  case unchanged(version: Int64)
  /// The event has no seats.
  case none
}
