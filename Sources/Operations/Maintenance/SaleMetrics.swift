import Metrics
import Queue
import Seats

/// How the seats and the stock of each event stand.
///
/// Labels are bounded: the events with the most seats, and the first items by name, have series of
/// their own; all others together are `other`.
package struct SaleMetrics: Sendable {
  private let sales: EventTable<SaleSnapshot>

  /// Registers the families; `limit` events and items have series of their own.
  package init(_ registry: Registry, limit: Int) {
    let sales = EventTable<SaleSnapshot>(limit: limit)
    self.sales = sales
    registry.collect(
      "usher_seats", kind: .gauge, help: "Seats of an event, by what they are.",
      labels: ["event", "state"]
    ) {
      SeatState.allCases.flatMap { state in
        sales.seats { $0.counts.count(of: state) }
          .map { (labelValues: $0.labelValues + [state.rawValue], value: $0.value) }
      }
    }
    registry.collect(
      "usher_seats_inconsistent", kind: .gauge,
      help: "Seats by which an event's inventory, map and holds disagree: 0, or a fault.",
      labels: ["event"]
    ) { sales.seats(\.inconsistent) }
    registry.collect(
      "usher_stock_remaining", kind: .gauge, help: "How many of an item are left.",
      labels: ["event", "item"]
    ) { sales.samples(ofItems: \.stock) }
  }

  /// Takes the present state of an event's sale.
  func set(_ snapshot: SaleSnapshot, of event: EventID) {
    sales.set(snapshot, of: event)
  }

  /// Drops an event that has nothing to sell any more.
  func drop(_ event: EventID) {
    sales.drop(event)
  }

  /// Drops all events but these.
  func keep(_ events: Set<EventID>) {
    sales.keep(events)
  }
}

extension EventTable<SaleSnapshot> {
  /// A number of each event that has seats.
  fileprivate func seats(_ number: (SaleSnapshot) -> Int) -> [Sample] {
    // Only operators put seats on sale.
    samples(rankedBy: { (isNamed: true, size: $0.counts.total) }) { sale in
      sale.counts.total > 0 || sale.inconsistent > 0 ? Double(number(sale)) : nil
    }
  }
}

extension SeatCounts {
  /// How many seats are in a state.
  fileprivate func count(of state: SeatState) -> Int {
    switch state {
    case .available: available
    case .held: held
    case .sold: sold
    }
  }
}
