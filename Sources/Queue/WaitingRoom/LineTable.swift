import Loop

/// The lines of one front.
///
/// What a line knew of `created` is forgotten with it. So its lifetime is that of a ticket: after that
/// long, no person whom this front saw has a place to lose, and the event's keys may have ended in
/// peace.
typealias LineTable = RecentEvents<Line>

extension LineTable {
  /// The line of an event, made if this front has not seen it lately.
  mutating func line(of event: EventID, at now: Instant) -> Line {
    entry(of: event, at: now) { Line(event: event, now: now) }
  }

  /// Lines with people whose presence is yet to be written down.
  var unwritten: [Line] { entries.filter(\.hasUnwrittenPresence) }
}
