/// How many seats an event has.
package struct SeatCounts: Equatable, Sendable {
  /// All of them.
  package let total: Int
  /// Free to be held.
  package let available: Int
  /// Set aside for a person for a while.
  package let held: Int
  /// Bought.
  package let sold: Int
}
