import Redis

/// `enter.lua`: a person asks to enter. All times are µs of Redis time.
enum EnterScript {
  /// What the script returns.
  typealias Reply = HeadedReply<Outcome>

  /// Where a person stands whom the bucket does not cover.
  struct Denial: Equatable {
    var position: Int
    var length: Int
    var tokens: Double
    var rebuildUntil: Int64
    var state: String
  }

  /// What became of it.
  enum Outcome: Equatable {
    /// Admitted now. `waited` is the wait, `promise` the ETA in seconds that the audit trail says was
    /// promised, if it still does, `tokens` what the bucket has left.
    case admitted(at: Int64, waited: Int64, promise: Int?, tokens: Double)
    /// Admitted within the last `grant-ttl`.
    case admittedBefore(at: Int64)
    case notReady(Denial)
    case gone(TicketEnd)
  }
}

extension EnterScript.Outcome: ScriptContent {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 4):
      guard let end = TicketEnd(reply[3]) else { return nil }
      self = .gone(end)
    case (0, 9):
      guard let denial = EnterScript.Denial(reply) else { return nil }
      self = .notReady(denial)
    case (1, 7):
      guard let at = reply[3].whole, let waited = reply[4].whole, let promise = reply[5].whole,
        let tokens = reply[6].amount
      else { return nil }
      self = .admitted(
        at: at, waited: waited, promise: promise < 0 ? nil : Int(promise), tokens: tokens)
    case (2, 4):
      guard let at = reply[3].whole else { return nil }
      self = .admittedBefore(at: at)
    default: return nil
    }
  }
}

extension EnterScript.Denial {
  fileprivate init?(_ reply: Redis.Reply) {
    guard reply[3].isText("NOT_READY"), let position = reply[4].natural,
      let length = reply[5].natural, let tokens = reply[6].amount,
      let rebuildUntil = reply[7].whole, let state = reply[8].text
    else { return nil }
    self.init(
      position: position, length: length, tokens: tokens, rebuildUntil: rebuildUntil,
      state: state)
  }
}
