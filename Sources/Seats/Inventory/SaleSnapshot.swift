/// How the seats and the stock of an event stand, as the back office finds them.
package struct SaleSnapshot: Equatable, Sendable {
  /// Its seats.
  package let counts: SeatCounts
  /// By how many seats inventory, map and holds disagree: 0, unless another client wrote there.
  package let inconsistent: Int
  /// How many of each item are left.
  package let stock: [String: Int]
}
