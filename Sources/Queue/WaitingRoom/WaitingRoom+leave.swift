import Loop
import Redis

extension WaitingRoom {
  /// Ends the wait of the bearer of `token`. Repeating it changes nothing.
  package func leave(
    with token: String, _ completion: @escaping (Result<LeaveOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let token = signer.waitingToken(token) else {
      return completion(.success(.gone(.notFound)))
    }
    let line = line(of: token.event)
    call(scripts.leave, about: token, in: line) {
      [self] (result: Result<LeaveScript.Outcome, RedisError>) in
      completion(
        result.map { outcome in
          switch outcome {
          case .left, .leftBefore: .left
          case .gone(let end): .gone(gone(GoneTicket(end: end), in: line))
          }
        })
    }
  }
}
