import Loop

/// The events that one front has seen lately. Bounded: whoever invents event ids must not fill the
/// memory.
///
/// What a line knew of `created` is forgotten with it. So its lifetime is that of a ticket: after that
/// long, nobody whom this front saw has a place to lose, and the event's keys may have ended in peace.
struct LineTable {
  private var lines: [EventID: Line] = [:]
  private let capacity: Int
  private let lifetime: Duration
  /// How many lines there may be until the next attempt to forget some.
  private var limit: Int

  /// Keeps about `capacity` lines that are not busy, and none that nobody asked for in `lifetime`.
  init(capacity: Int = 10_000, lifetime: Duration) {
    self.capacity = capacity
    limit = capacity
    self.lifetime = lifetime
  }

  /// The line of an event, made if this front has not seen it lately.
  mutating func line(of event: EventID, at now: Instant) -> Line {
    if let line = lines[event], isAlive(line, at: now) {
      line.lastUse = now
      return line
    }
    if lines.count >= limit { forgetOlderHalf() }
    let line = Line(event: event, now: now)
    lines[event] = line
    return line
  }

  /// Lines with people whose presence is yet to be written down.
  var unwritten: [Line] { lines.values.filter(\.hasUnwrittenPresence) }

  /// Drops what nobody asked for in its lifetime.
  mutating func forgetUnused(at now: Instant) {
    lines = lines.filter { isAlive($0.value, at: now) }
    limit = max(capacity, 2 * lines.count)
  }

  private func isAlive(_ line: Line, at now: Instant) -> Bool {
    line.isBusy || now - line.lastUse < lifetime
  }

  private mutating func forgetOlderHalf() {
    let uses = lines.values.map(\.lastUse).sorted()
    let median = uses[uses.count / 2]
    lines = lines.filter { $0.value.isBusy || $0.value.lastUse > median }
    // If they are busy all of them, looking again for each new one would find the same.
    limit = max(capacity, 2 * lines.count)
  }
}
