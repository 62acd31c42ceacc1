import Loop

/// The events that one front has seen lately. Bounded: whoever invents event ids must not fill the
/// memory.
struct LineTable {
  private var lines: [EventID: Line] = [:]
  private let capacity: Int
  private let lifetime: Duration

  /// Keeps about `capacity` lines, and none that nobody asked for in `lifetime`.
  init(capacity: Int = 10_000, lifetime: Duration) {
    self.capacity = capacity
    self.lifetime = lifetime
  }

  /// The line of an event, made if this front has not seen it.
  mutating func line(of event: EventID, at now: Instant) -> Line {
    if let line = lines[event] {
      line.lastUse = now
      return line
    }
    if lines.count >= capacity { forgetOlderHalf() }
    let line = Line(event: event, now: now)
    lines[event] = line
    return line
  }

  /// Lines with people whose presence is yet to be written down.
  var unwritten: [Line] { lines.values.filter(\.hasUnwrittenPresence) }

  /// Drops what nobody asked for in its lifetime. What it knew of `created` goes with it: by then the
  /// event's keys have gone, too, and a new line under the same name owes nobody anything.
  mutating func forgetUnused(at now: Instant) {
    lines = lines.filter { $0.value.isBusy || now - $0.value.lastUse < lifetime }
  }

  private mutating func forgetOlderHalf() {
    let uses = lines.values.map(\.lastUse).sorted()
    let median = uses[uses.count / 2]
    lines = lines.filter { $0.value.isBusy || $0.value.lastUse > median }
  }
}
