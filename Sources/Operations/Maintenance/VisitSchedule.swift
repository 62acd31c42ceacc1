import Queue

/// Which event is visited next: a bounded number at a time, so that thousands do not hold up people who
/// poll, and each by itself, so that one that takes long holds up no other, nor the next round.
struct VisitSchedule {
  /// How many visits are under way at a time.
  static let limit = 16

  private var waiting: ArraySlice<EventID> = []
  private var underWay: Set<EventID> = []

  /// Whether each event of the round has had its turn; its visit may still be under way.
  var isThrough: Bool { waiting.isEmpty }

  /// Begins a round, in the order given. An event whose last visit is still under way is left out.
  mutating func begin(_ events: [EventID]) {
    waiting = events.filter { !underWay.contains($0) }[...]
  }

  /// The event whose visit begins now; nil while as many as may are under way, and at the end.
  mutating func next() -> EventID? {
    guard underWay.count < Self.limit, let event = waiting.popFirst() else { return nil }
    underWay.insert(event)
    return event
  }

  /// A visit is over.
  mutating func ended(_ event: EventID) {
    underWay.remove(event)
  }
}
