/// What a caller of the admin port may do.
package enum OperatorRole: String, CaseIterable, Sendable {
  /// Reads, and changes nothing.
  case viewer
  /// Reads and changes everything.
  case `operator`
  /// Says how the shop fares, so that the pace can follow; nothing else.
  case pace
}
