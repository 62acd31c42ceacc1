import Locking
import Queue

/// The latest that is known of each event, for metrics whose labels are bounded: the first events
/// have series of their own, all others together are `other`. Any thread may use it.
final class EventTable<Value: Sendable>: Sendable {
  typealias Sample = (labelValues: [String], value: Double)

  private let limit: Int
  private let values = Lock<[EventID: Value]>([:])

  /// A table in which the first `limit` events have series of their own.
  init(limit: Int) {
    self.limit = limit
  }

  func set(_ value: Value, of event: EventID) {
    values.withLock { $0[event] = value }
  }

  func drop(_ event: EventID) {
    values.withLock { $0[event] = nil }
  }

  /// Drops all events but these.
  func keep(_ events: Set<EventID>) {
    values.withLock { values in values = values.filter { events.contains($0.key) } }
  }

  /// A number of each event that has it: those that an operator named come first, then the greatest.
  func samples(
    rankedBy rank: (Value) -> (isNamed: Bool, size: Int), _ number: (Value) -> Double?
  ) -> [Sample] {
    let sorted = values.withLock { $0 }.sorted {
      let (left, right) = (rank($0.value), rank($1.value))
      if left.isNamed != right.isNamed { return left.isNamed }
      return (right.size, $0.key.text) < (left.size, $1.key.text)
    }
    return bounded(
      sorted.compactMap { event, value in number(value).map { ([event.text], $0) } },
      other: ["other"])
  }

  /// A number of each item of each event, by name.
  func samples(ofItems items: (Value) -> [String: Int]) -> [Sample] {
    let samples: [Sample] = values.withLock { $0 }.flatMap { event, value in
      items(value).map { ([event.text, $0.key], Double($0.value)) }
    }
    let sorted = samples.sorted { $0.labelValues.lexicographicallyPrecedes($1.labelValues) }
    return bounded(sorted, other: ["other", "other"])
  }

  private func bounded(_ samples: [Sample], other: [String]) -> [Sample] {
    let rest = samples.dropFirst(limit)
    guard !rest.isEmpty else { return samples }
    return samples.prefix(limit) + [(other, rest.reduce(0) { $0 + $1.value })]
  }
}
