import Loop
import Queue

/// Adds up who was parked, for one line of the log in ten seconds: during a sale there are some each
/// second.
struct ParkedSummary {
  static let period = Duration.seconds(10)

  private var began: Instant?
  private var people = 0
  private var events: Set<EventID> = []

  /// So many were parked at an event.
  mutating func add(_ people: Int, at event: EventID, _ now: Instant) {
    if began == nil { began = now }
    self.people += people
    events.insert(event)
  }

  /// What the line says, once, when the period is over at `now`: how many, at how many events, and at
  /// which, if it was one.
  mutating func take(at now: Instant) -> (people: Int, events: Int, event: EventID?)? {
    guard let began, began + Self.period <= now else { return nil }
    defer { self = ParkedSummary() }
    return (people, events.count, events.count == 1 ? events.first : nil)
  }
}
