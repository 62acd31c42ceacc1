/// Counts what comes of operations, of one kind or another. Confined to a front's thread.
protocol OutcomeCounting {
  /// What can come of them.
  associatedtype Outcome
  /// That Redis did not do it.
  static var failure: Outcome { get }
  /// Notes what came of an operation.
  func count(_ route: Route, _ outcome: Outcome)
}
