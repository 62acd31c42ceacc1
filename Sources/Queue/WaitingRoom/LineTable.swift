import Loop

/// The lines of one front.
typealias LineTable = RecentEvents<Line>

extension LineTable {
  /// The line of an event, made if this front has not seen it lately.
  mutating func line(
    of event: EventID, in space: KeySpace, at now: Instant, knowing store: StoreKnowledge
  ) -> Line {
    entry(of: event, at: now) {
      Line(
        EventKeys(event, in: space), progress: store.progress(of: event, at: now), now: now)
    }
  }

  /// Lines of which something is yet to be written down, or is to be read without being asked for.
  func watched(at now: Instant) -> [Line] { entries.filter { $0.isWatched(at: now) } }
}
