import Redis

/// `resume.lua`: a person comes back with a ticket.
enum ResumeScript {
  /// What the script returns.
  typealias Reply = TicketScript.Reply<Outcome>

  /// What became of it.
  enum Outcome: Equatable {
    /// `rebuildUntil` is in µs of Redis time; `hasResumed` says whether this call put the person back.
    case inLine(position: Int, length: Int, rebuildUntil: Int64 = 0, hasResumed: Bool)
    case gone(TicketEnd)
  }
}

extension ResumeScript.Outcome: TicketOutcome {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 3):
      guard let end = TicketEnd(reply[1]) else { return nil }
      self = .gone(end)
    case (1, 6):
      guard let position = reply[2].whole, let length = reply[3].whole,
        let rebuildUntil = reply[4].whole, let resumed = reply[5].integer
      else { return nil }
      self = .inLine(
        position: Int(position), length: Int(length), rebuildUntil: rebuildUntil,
        hasResumed: resumed == 1)
    default: return nil
    }
  }
}
