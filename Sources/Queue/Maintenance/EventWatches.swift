import Loop

/// Since when one sidecar has reached the Redis of each event without a gap, and what time it is there:
/// what tells silence from an outage in which no one could be seen.
///
/// What it does not reach every few seconds, or does not reach at all, it has not watched; and after a
/// step of Redis' clock nothing that was written down before says how long ago it was.
struct EventWatches {
  /// How long nothing may come back from Redis before that is a gap.
  static let pause = Duration.seconds(5)
  /// By how much Redis' clock may go wrong between two looks.
  static let step = Duration.seconds(2)

  private struct Watch {
    var since: Instant
    /// Redis time less monotonic time, µs.
    var offset: Int64
  }

  private var watches: [EventID: Watch] = [:]
  private var lastSign: Instant?

  /// For how long `event` has been reached without a gap; zero if it was not.
  func duration(of event: EventID, at now: Instant) -> Duration {
    watches[event].map { now - $0.since } ?? .zero
  }

  /// What time it is for the Redis of `event`, µs; 0 if that is not known.
  func time(of event: EventID, at now: Instant) -> Int64 {
    watches[event].map { now.nanoseconds / 1000 + $0.offset } ?? 0
  }

  /// The process runs, and something came back from Redis. If that was long ago, nothing was watched.
  mutating func awake(at now: Instant) {
    if let lastSign, now - lastSign > Self.pause { watches = [:] }
    lastSign = now
  }

  /// The Redis of `event` said that it is `time`, µs.
  mutating func reached(_ event: EventID, saying time: Int64, at now: Instant) {
    awake(at: now)
    let offset = time - now.nanoseconds / 1000
    var watch = watches[event] ?? Watch(since: now, offset: offset)
    if abs(offset - watch.offset) > Self.step.microseconds { watch.since = now }
    watch.offset = offset
    watches[event] = watch
  }

  /// The Redis of `event` did not answer.
  mutating func failed(_ event: EventID) {
    watches[event] = nil
  }

  /// The registry could not be read: which events were not watched meanwhile is not known.
  mutating func failed() {
    watches = [:]
  }

  /// Forgets all events but these.
  mutating func keep(_ events: Set<EventID>) {
    watches = watches.filter { events.contains($0.key) }
  }
}
