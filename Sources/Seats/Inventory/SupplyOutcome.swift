/// What came of saying how many of an item there are.
package enum SupplyOutcome: Equatable, Sendable {
  case done(total: Int, taken: Int)
  /// More have been taken than that.
  case belowTaken(Int)
  /// The event has as many items as it may.
  case tooManyItems
}
