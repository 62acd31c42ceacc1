import Redis

/// What Redis has of a person in line.
struct Found {
  /// Where the person stands; nil for one who does not.
  let entry: IndexEntry?
  /// Until when the person is called; nil for one who is not, or if no one asked.
  let call: Call?

  /// A person's call.
  struct Call {
    /// Until when it lasts, ms of call time.
    let ends: Int64
    /// Whether an operator made it: then the person may enter in a pause, too.
    let isByOperator: Bool

    /// Reads a score of `queue:ready`; see `calls.lua`.
    init(score: Int64) {
      isByOperator = score >= Self.byOperator
      ends = isByOperator ? score - Self.byOperator : score
    }

    private static let byOperator: Int64 = 1_000_000_000_000_000
  }
}

extension WaitingRoom {
  /// Reads where the bearer of `token` stands and, if asked, until when the person is called: one round
  /// trip.
  func look(
    at token: WaitingToken, in line: Line, alsoForCall: Bool,
    _ completion: @escaping (Result<Found, RedisError>) -> Void
  ) {
    let user = token.user.text
    guard alsoForCall else {
      return reads.send(.zscoreAndRank(line.keys.waiting, user)) { result in
        completion(result.map { Found(entry: IndexEntry($0), call: nil) })
      }
    }
    // Each waits for the other: the replies may come over two connections.
    var entry: Result<IndexEntry?, RedisError>?
    var call: Result<Found.Call?, RedisError>?
    func join() {
      guard let entry, let call else { return }
      completion(entry.flatMap { entry in call.map { Found(entry: entry, call: $0) } })
    }
    reads.send(.zscoreAndRank(line.keys.waiting, user)) { result in
      entry = result.map { IndexEntry($0) }
      join()
    }
    reads.send(.zscore(line.keys.ready, user)) { result in
      call = result.map { $0.whole.map(Found.Call.init) }
      join()
    }
  }
}
