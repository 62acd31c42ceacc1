/// A page of the map of seats, as it was at one moment. Confined to the thread that asked for it.
package final class SeatPage {
  /// What every change to the map changes; 0 if there never was one.
  package let version: Int64
  /// Of the whole event.
  package let counts: SeatCounts
  /// In the order of the list.
  package let seats: [(id: String, state: SeatState)]
  /// The place behind which the next page begins; nil if this is the last.
  package let next: Int64?
  /// The page as the API writes it: kept with it, as all clients are told the same.
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
