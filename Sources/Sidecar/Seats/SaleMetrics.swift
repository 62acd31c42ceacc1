import Locking
import Metrics
import Queue
import Seats

/// How the seats and the stock of each event stand.
///
/// Labels are bounded: the events with the most seats, and the first items by name, have series of
/// their own; all others together are `other`.
struct SaleMetrics: Sendable {
  private let sales: Sales

  init(_ registry: Registry, limit: Int) {
    let sales = Sales(limit: limit)
    self.sales = sales
    registry.collect(
      "usher_seats", kind: .gauge, help: "Seats of an event, by what they are.",
      labels: ["event", "state"]
    ) {
      SeatState.allCases.flatMap { state in
        sales.samples { Double($0.counts.count(of: state)) }
          .map { (labelValues: $0.labelValues + [state.rawValue], value: $0.value) }
      }
    }
    registry.collect(
      "usher_seats_inconsistent", kind: .gauge,
      help: "Seats by which an event's inventory, map and holds disagree: 0, or a fault.",
      labels: ["event"]
    ) { sales.samples { Double($0.inconsistent) } }
    registry.collect(
      "usher_stock_remaining", kind: .gauge, help: "How many of an item are left.",
      labels: ["event", "item"]
    ) { sales.stock() }
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

  private final class Sales: Sendable {
    typealias Sample = (labelValues: [String], value: Double)

    private let limit: Int
    private let sales = Lock<[EventID: SaleSnapshot]>([:])

    init(limit: Int) {
      self.limit = limit
    }

    func set(_ sale: SaleSnapshot, of event: EventID) {
      sales.withLock { $0[event] = sale }
    }

    func drop(_ event: EventID) {
      sales.withLock { $0[event] = nil }
    }

    func keep(_ events: Set<EventID>) {
      sales.withLock { sales in sales = sales.filter { events.contains($0.key) } }
    }

    /// A value of each event that has seats.
    func samples(_ value: (SaleSnapshot) -> Double) -> [Sample] {
      let sorted = sales.withLock { $0 }
        .filter { $0.value.counts.total > 0 || $0.value.inconsistent > 0 }
        .sorted { ($1.value.counts.total, $0.key.text) < ($0.value.counts.total, $1.key.text) }
      return bounded(sorted.map { ([$0.key.text], value($0.value)) }, other: ["other"])
    }

    /// What is left of each item of each event.
    func stock() -> [Sample] {
      let sorted = sales.withLock { $0 }.flatMap { event, sale in
        sale.stock.map { (labelValues: [event.text, $0.key], value: Double($0.value)) }
      }.sorted { $0.labelValues.lexicographicallyPrecedes($1.labelValues) }
      return bounded(sorted, other: ["other", "other"])
    }

    private func bounded(_ samples: [Sample], other: [String]) -> [Sample] {
      let rest = samples.dropFirst(limit)
      guard !rest.isEmpty else { return samples }
      return samples.prefix(limit) + [(other, rest.reduce(0) { $0 + $1.value })]
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
