import Metrics
import Queue

/// How each line stands: length, measured admissions, tokens, and who is called and inside.
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
      help:
        "People who may be called at this moment; 0 while no person is called at all.",
      labels: ["event"]
    ) { lines.samples(rankedBy: Self.rank) { $0.usableTokens } }
    registerCalls(registry)
    registerDoors(registry)
  }

  /// What operators set, or flags where they did not: what is in force.
  private func registerDoors(_ registry: Registry) {
    let lines = lines
    registry.collect(
      "usher_event_state", kind: .gauge,
      help: "What the event's door does: 1 for that state, 0 for the others.",
      labels: ["event", "state"]
    ) {
      LineSnapshot.EventState.allCases.flatMap { state in
        lines.samples(rankedBy: Self.rank) { $0.state == state ? 1 : 0 }
          .map { (labelValues: $0.labelValues + [state.rawValue], value: $0.value) }
      }
    }
    func collect(
      _ name: String, help: String, _ number: @escaping @Sendable (LineSnapshot) -> Double?
    ) {
      registry.collect(name, kind: .gauge, help: help, labels: ["event"]) {
        lines.samples(rankedBy: Self.rank, number)
      }
    }
    collect("usher_event_rate", help: "Calls a second that refill the bucket, as is in force.") {
      $0.rate
    }
    collect("usher_event_burst", help: "The most calls that the bucket holds, as is in force.") {
      $0.burst
    }
    collect(
      "usher_event_opens_timestamp_seconds",
      help: "When people begin, or began, to be called, where an operator said so: Unix time."
    ) { $0.opensAt > 0 ? Double($0.opensAt) / 1e6 : nil }
  }

  private func registerCalls(_ registry: Registry) {
    let lines = lines
    func collect(
      _ name: String, _ kind: Registry.ComputedKind = .gauge, help: String,
      _ number: @escaping @Sendable (LineSnapshot) -> Double?
    ) {
      registry.collect(name, kind: kind, help: help, labels: ["event"]) {
        lines.samples(rankedBy: Self.rank, number)
      }
    }
    collect("usher_queue_ready", help: "People who are called and may enter.") {
      Double($0.called)
    }
    collect(
      "usher_queue_no_shows_total", .counter,
      help: "Calls that ended without the person, who had asked meanwhile."
    ) { Double($0.noShows) }
    collect("usher_inside", help: "People inside: grants that are not used yet, and sessions.") {
      Double($0.inside)
    }
    collect(
      "usher_inside_limit", help: "The most people inside and called, where there is a limit."
    ) { $0.activeLimit > 0 ? Double($0.activeLimit) : nil }
    registry.collect(
      "usher_queue_overtakes_total", kind: .counter,
      help: "People who were let in while another stood ahead who was not called: return (who had "
        + "come back since the call), operator (who called the person), fault "
        + "(which must not be).",
      labels: ["event", "cause"]
    ) {
      [
        ("fault", \LineSnapshot.overtakes.byFault), ("operator", \.overtakes.byOperator),
        ("return", \.overtakes.byReturn),
      ].flatMap {
        (cause: String, number: KeyPath<LineSnapshot, Int64> & Sendable) in
        lines.samples(rankedBy: Self.rank) { Double($0[keyPath: number]) }
          .map { (labelValues: $0.labelValues + [cause], value: $0.value) }
      }
    }
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
