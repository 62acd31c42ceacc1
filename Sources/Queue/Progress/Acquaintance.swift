import Loop

/// Since when one process knows one event.
///
/// A store that came back as it was before looks right to a process that never saw the event. Those who
/// did need a moment to say what is missing: for so long, ``grace``, the process is a stranger there,
/// unless it saw that there was no such event until now.
struct Acquaintance: Sendable {
  /// How long others may speak first; zero where there are no others.
  let grace: Duration
  private var metAt: Instant?
  private var absentAt: Instant?

  /// With an event that was not met yet.
  init(grace: Duration) {
    self.grace = grace
  }

  /// A script's reply has shown whether the event exists.
  mutating func found(_ exists: Bool, at now: Instant) {
    guard exists else {
      absentAt = now
      return
    }
    if metAt != nil { return }
    let isNew = absentAt.map { now - $0 < grace } ?? false
    metAt = isNew ? now - grace : now
  }

  /// Whether others may know of a loss of which this process does not.
  func isStranger(at now: Instant) -> Bool {
    guard grace > .zero else { return false }
    return metAt.map { now - $0 < grace } ?? true
  }
}
