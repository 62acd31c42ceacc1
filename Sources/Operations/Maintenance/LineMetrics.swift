import Metrics
import Queue

/// How each line stands: length, measured admissions, tokens.
///
/// Labels are bounded: events that an operator named, and then the longest lines, have series of their
/// own; all others together are `other`. So no client crowds out a sale with events that it invents.
package struct LineMetrics: Sendable {
  /// People taken out of line because they stopped polling.
  let parked: Counter
  private let lines: EventTable<LineSnapshot>

  /// Registers the families; `limit` events have series of their own.
  package init(_ registry: Registry, limit: Int) {
    let lines = EventTable<LineSnapshot>(limit: limit)
    self.lines = lines
    parked = registry.counter(
      "usher_queue_parked_total", help: "People taken out of line because they stopped polling."
    ).cell()
    registry.collect(
      "usher_queue_length", kind: .gauge, help: "People waiting in line.", labels: ["event"]
    ) { lines.samples(rankedBy: Self.rank) { Double($0.length) } }
    registry.collect(
      "usher_queue_admission_rate", kind: .gauge,
      help: "Measured admissions a second, averaged over the last minute with decay.",
      labels: ["event"]
    ) { lines.samples(rankedBy: Self.rank) { $0.admissionsLastMinute } }
    registry.collect(
      "usher_queue_tokens_available", kind: .gauge,
      help: "People who may enter at this moment; 0 while the event is paused or being rebuilt.",
      labels: ["event"]
    ) { lines.samples(rankedBy: Self.rank) { $0.usableTokens } }
  }

  private static func rank(_ line: LineSnapshot) -> (isNamed: Bool, size: Int) {
    (line.isNamed, line.length)
  }

  /// Takes the present state of an event's line.
  func set(_ snapshot: LineSnapshot, of event: EventID) {
    lines.set(snapshot, of: event)
  }

  /// Drops all events but these.
  func keep(_ events: Set<EventID>) {
    lines.keep(events)
  }
}
