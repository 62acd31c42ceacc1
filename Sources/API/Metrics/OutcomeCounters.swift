import Metrics

/// One front's counters of what came of each operation: a row a route, at its number, since every
/// request looks here and nothing is to be hashed. Confined to the front's thread.
struct OutcomeCounters<Outcome: RawRepresentable<String> & Equatable> {
  private let rows: [[(outcome: Outcome, counter: Counter)]]

  /// Cells of `family` for the outcomes that each route can have.
  init(_ family: CounterFamily, _ outcomes: [Route: [Outcome]]) {
    rows = Route.allCases.map { route in
      (outcomes[route] ?? []).map { ($0, family.cell(route.rawValue, $0.rawValue)) }
    }
  }

  /// Notes an outcome, which must be one that the route can have: a debug build ends where it is not,
  /// so that the tests find it.
  func count(_ route: Route, _ outcome: Outcome) {
    let cell = rows[route.number].first { $0.outcome == outcome }
    assert(cell != nil, "\(outcome) is not listed among what can come of \(route)")
    cell?.counter.increment()
  }
}
