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
    let arguments = LeaveScript.arguments(
      eventArguments, knownCreated: line.knownCreated, user: token.user, ticket: token.ticket)
    redis.call(scripts.leave, keys: line.keys.scriptKeys, arguments: arguments) {
      (result: Result<LeaveScript.Reply, RedisError>) in
      completion(
        result.map { reply in
          line.learn(created: reply.created)
          switch reply.outcome {
          case .left, .leftBefore: return .left
          case .gone(let end): return .gone(Gone(end))
          }
        })
    }
  }
}
