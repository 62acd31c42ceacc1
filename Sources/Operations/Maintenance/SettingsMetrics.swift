import Metrics
import Queue

/// Which events are paused because a setting of theirs makes no sense.
///
/// Labels are bounded: the events with most such settings have series of their own, all others together
/// are `other`.
package struct SettingsMetrics: Sendable {
  private let events: EventTable<Int>

  /// Registers the family; `limit` events have series of their own.
  package init(_ registry: Registry, limit: Int) {
    let events = EventTable<Int>(limit: limit)
    self.events = events
    registry.collect(
      "usher_event_settings_invalid", kind: .gauge,
      help: "Whether an event is paused because a setting of it makes no sense.",
      labels: ["event"]
    ) { events.samples(rankedBy: { (isNamed: true, size: $0) }, { $0 > 0 ? 1 : 0 }) }
  }

  /// Takes how many settings of an event make no sense.
  func set(_ invalid: Int, of event: EventID) {
    events.set(invalid, of: event)
  }

  /// Drops all events but these.
  func keep(_ events: Set<EventID>) {
    self.events.keep(events)
  }
}
