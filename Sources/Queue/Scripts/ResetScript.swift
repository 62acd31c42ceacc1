import Redis

/// `reset.lua`: an operator removes all people of an event, in steps.
enum ResetScript {
  /// What one step says.
  enum Outcome: Equatable {
    /// Those who are gone by it, and how many of those inside the next step is to pass over; nil when
    /// there is none.
    case step(Removed, next: Int?)
    /// No one was ever there.
    case unknown
  }

  /// What the script is told.
  ///
  /// - Parameter passing: What the last step said; nil for the first step.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, passing: Int?, by author: Author
  ) -> [Argument] {
    event.list(known, reserving: 4)
      + [
        .text(passing == nil ? "begin" : "go on"), .integer(Int64(passing ?? 0)),
        .text(author.name), .text(author.traceID),
      ]
  }
}

extension ResetScript.Outcome: ScriptContent {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 4) where reply[3].isText("UNKNOWN"): self = .unknown
    case (1, 7):
      guard let waiting = reply[3].natural, let parked = reply[4].natural,
        let inside = reply[5].natural, let next = reply[6].integer
      else { return nil }
      self = .step(
        Removed(waiting: waiting, parked: parked, inside: inside),
        next: next < 0 ? nil : Int(next))
    default: return nil
    }
  }
}
