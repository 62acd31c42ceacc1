import Redis

/// What Redis has of a person in line.
struct Found {
  /// Where the person stands; nil for one who does not.
  let entry: IndexEntry?
  /// Until when the person is called, ms of call time; nil for one who is not, or if no one asked.
  let callEnds: Int64?
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
        completion(result.map { Found(entry: IndexEntry($0), callEnds: nil) })
      }
    }
    // Each waits for the other: the replies may come over two connections.
    var entry: Result<IndexEntry?, RedisError>?
    var call: Result<Int64?, RedisError>?
    func join() {
      guard let entry, let call else { return }
      completion(entry.flatMap { entry in call.map { Found(entry: entry, callEnds: $0) } })
    }
    reads.send(.zscoreAndRank(line.keys.waiting, user)) { result in
      entry = result.map { IndexEntry($0) }
      join()
    }
    reads.send(.zscore(line.keys.ready, user)) { result in
      call = result.map(\.whole)
      join()
    }
  }
}
