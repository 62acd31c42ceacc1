import Redis

/// `enter.lua`: many people ask to enter at once. Times are µs of Redis time, but for what is left of a
/// call.
enum EnterScript {
  /// What became of one person.
  enum Answer: Equatable {
    /// Admitted now. `waited` is the wait, `promise` what was promised, if the audit trail still says so.
    case admitted(at: Int64, waited: Int64, promise: Promise?)
    /// Admitted within the last `grant-ttl`.
    case admittedBefore(at: Int64)
    /// Not called.
    case notReady(position: Int)
    /// Called, for so many more ms without those of the pause; but no one may enter.
    case paused(position: Int, callLeft: Int64)
    case gone(GoneTicket)
  }

  /// What was promised at join, in seconds, and how long it was until the call, without pauses.
  struct Promise: Equatable {
    var eta: Int
    var low: Int
    var high: Int
    var took: Int64
  }

  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let head: ScriptHead
    /// How many wait.
    let length: Int
    /// The tokens with which others may be called.
    let tokens: Double
    /// Until when no one is called.
    let rebuildUntil: Int64
    let state: LineSnapshot.EventState
    /// One for each person, in the order given.
    let answers: [Answer]
  }
}

extension EnterScript.Reply {
  init?(_ reply: Redis.Reply) {
    let elements = reply.elements
    guard let head = ScriptHead(reply), elements.count >= 7, elements[0].integer == 1,
      let length = elements[3].natural, let tokens = elements[4].amount,
      let rebuildUntil = elements[5].whole,
      let state = elements[6].text.flatMap(LineSnapshot.EventState.init),
      let answers = Self.list(elements[7...], EnterScript.Answer.init)
    else { return nil }
    self.init(
      head: head, length: length, tokens: tokens, rebuildUntil: rebuildUntil, state: state,
      answers: answers)
  }
}

extension EnterScript.Answer {
  fileprivate init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, _):
      guard let gone = TicketScript.gone(reply) else { return nil }
      self = .gone(gone)
    case (1, 7):
      guard let at = reply[1].whole, let waited = reply[2].whole, let eta = reply[3].whole,
        let low = reply[4].whole, let high = reply[5].whole, let took = reply[6].whole
      else { return nil }
      let promise = EnterScript.Promise(eta: Int(eta), low: Int(low), high: Int(high), took: took)
      self = .admitted(at: at, waited: waited, promise: eta < 0 ? nil : promise)
    case (2, 2):
      guard let at = reply[1].whole else { return nil }
      self = .admittedBefore(at: at)
    case (3, 2):
      guard let position = reply[1].natural else { return nil }
      self = .notReady(position: position)
    case (4, 3):
      guard let position = reply[1].natural, let left = reply[2].whole else { return nil }
      self = .paused(position: position, callLeft: left)
    default: return nil
    }
  }
}
