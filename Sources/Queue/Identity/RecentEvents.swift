import Loop

/// What one front knows about an event: an entry of ``RecentEvents``.
package protocol RecentEvent: AnyObject {
  /// When a request last asked for the event.
  var lastUse: Instant { get set }
  /// Whether anything is under way; such an entry is not forgotten.
  var isBusy: Bool { get }
}

/// The events that one front has seen lately, and what it knows about each. Bounded: a client that
/// invents event ids must not fill the memory.
///
/// Confined to a thread, or behind a lock.
package struct RecentEvents<Entry: RecentEvent> {
  private var table: [EventID: Entry] = [:]
  private let capacity: Int
  private let lifetime: Duration?
  /// How many entries there may be until the next attempt to forget some.
  private var limit: Int

  /// Keeps about `capacity` entries that are not busy, and none that no request asked for in
  /// `lifetime`, if there is one.
  package init(capacity: Int = 10_000, lifetime: Duration? = nil) {
    self.capacity = capacity
    limit = capacity
    self.lifetime = lifetime
  }

  /// All entries.
  package var entries: some Collection<Entry> { table.values }

  /// The entry of an event, made if this front has not seen it lately.
  package mutating func entry(
    of event: EventID, at now: Instant, make: () -> Entry
  ) -> Entry {
    if let entry = table[event], isAlive(entry, at: now) {
      entry.lastUse = now
      return entry
    }
    if table.count >= limit { forgetOlderHalf() }
    let entry = make()
    table[event] = entry
    return entry
  }

  /// Drops what no request asked for in its lifetime.
  package mutating func forgetUnused(at now: Instant) {
    table = table.filter { isAlive($0.value, at: now) }
    limit = max(capacity, 2 * table.count)
  }

  private func isAlive(_ entry: Entry, at now: Instant) -> Bool {
    guard let lifetime else { return true }
    return entry.isBusy || now - entry.lastUse < lifetime
  }

  private mutating func forgetOlderHalf() {
    let uses = table.values.map(\.lastUse).sorted()
    let median = uses[uses.count / 2]
    table = table.filter { $0.value.isBusy || $0.value.lastUse > median }
    // If they are busy all of them, looking again for each new one would find the same.
    limit = max(capacity, 2 * table.count)
  }
}

extension RecentEvents: Sendable where Entry: Sendable {}
