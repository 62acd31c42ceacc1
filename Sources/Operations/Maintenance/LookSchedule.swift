import Loop
import Queue

/// When a sidecar looks at an event's settings again: at every second round of one a second, and at the
/// next when it has noticed a loss. So what Redis has lost is written back within two seconds.
struct LookSchedule {
  /// Rounds that are a second apart are never quite that.
  private static let period = Duration.milliseconds(1500)

  private var looks: [EventID: (at: Instant, losses: Int)] = [:]

  /// Whether it is time to look at an event.
  ///
  /// - Parameter losses: How many losses the process has noticed so far.
  func isDue(_ event: EventID, at now: Instant, losses: Int) -> Bool {
    guard let last = looks[event] else { return true }
    return losses != last.losses || now - last.at >= Self.period
  }

  /// A look begins.
  mutating func begin(_ event: EventID, at now: Instant, losses: Int) {
    looks[event] = (now, losses)
  }

  /// It told nothing.
  mutating func failed(_ event: EventID) { looks[event] = nil }

  /// Forgets all events but these.
  mutating func keep(_ events: Set<EventID>) {
    looks = looks.filter { events.contains($0.key) }
  }
}
