import Redis

/// `leave.lua`: a person leaves the line.
enum LeaveScript {
  /// What the script returns.
  typealias Reply = HeadedReply<Outcome>

  /// What became of it.
  enum Outcome: Equatable {
    case left
    /// The person had left before.
    case leftBefore
    case gone(TicketEnd)
  }
}

extension LeaveScript.Outcome: ScriptContent {
  init?(_ reply: Redis.Reply) {
    guard reply.count == 4 else { return nil }
    switch reply.leadingInteger {
    case 0:
      guard let end = TicketEnd(reply[3]) else { return nil }
      self = .gone(end)
    case 1:
      guard let isNow = reply[3].integer else { return nil }
      self = isNow == 1 ? .left : .leftBefore
    default: return nil
    }
  }
}
