import Queue
import Redis

/// What one script of seats returns, but for the holds that it ended.
protocol SeatsOutcome {
  /// Reads the whole reply, which has at least three elements; nil if it is not what the script's file
  /// says that it returns.
  init?(_ reply: Reply)
}

/// What a script that begins with `seats.lua` returns.
struct SeatsReply<Outcome: SeatsOutcome>: ScriptReply {
  /// How many holds the script found to be over, and ended.
  let holdsEnded: Int
  /// What came of what it was called for.
  let outcome: Outcome

  init?(_ reply: Reply) {
    // It stands second, but third behind a reason.
    guard reply.count >= 3, let kind = reply.leadingInteger,
      let ended = reply[kind == 0 ? 2 : 1].whole, ended >= 0, let outcome = Outcome(reply)
    else { return nil }
    holdsEnded = Int(ended)
    self.outcome = outcome
  }
}

extension SeatsReply: Equatable where Outcome: Equatable {}

extension RedisClient {
  /// Calls a script that begins with `seats.lua`; `holdsEnded` hears how many holds it ended, if any,
  /// before `completion` is called, exactly once.
  func call<Outcome: SeatsOutcome>(
    _ script: Script, keys: [Key], arguments: [Argument], holdsEnded: ((Int) -> Void)?,
    _ completion: @escaping (Result<Outcome, RedisError>) -> Void
  ) {
    call(script, keys: keys, arguments: arguments) {
      (result: Result<SeatsReply<Outcome>, RedisError>) in
      if case .success(let reply) = result, reply.holdsEnded > 0 { holdsEnded?(reply.holdsEnded) }
      completion(result.map(\.outcome))
    }
  }
}

extension SeatCounts {
  /// Reads four numbers of a script's reply: all, available, held, sold.
  init?(_ reply: Reply, from first: Int) {
    guard reply.count >= first + 4, let total = reply[first].whole,
      let available = reply[first + 1].whole, let held = reply[first + 2].whole,
      let sold = reply[first + 3].whole
    else { return nil }
    self.init(total: Int(total), available: Int(available), held: Int(held), sold: Int(sold))
  }
}

extension Reply {
  /// The texts from `first` to the end.
  func texts(from first: Int) -> [String] {
    elements.dropFirst(first).compactMap(\.text)
  }
}

extension SeatSettings {
  /// The arguments with which every script begins, and room for `own` more.
  ///
  /// - Parameter time: What time it should be by Redis' clock, µs; 0 if the caller has no idea.
  func arguments(at time: Int64, reserving own: Int) -> [Argument] {
    var list: [Argument] = []
    list.reserveCapacity(2 + own)
    list.append(.integer(eventTTL.components.seconds))
    list.append(.integer(time))
    return list
  }
}
