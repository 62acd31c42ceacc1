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

  /// Notes an outcome; one that the route cannot have is passed over.
  func count(_ route: Route, _ outcome: Outcome) {
    rows[route.number].first { $0.outcome == outcome }?.counter.increment()
  }
}
