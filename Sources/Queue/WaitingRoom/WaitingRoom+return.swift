import Loop
import Redis

extension WaitingRoom {
  /// Puts the bearer of `token` back in line, with all others who come back in this turn of the loop.
  func comeBack(
    with token: WaitingToken, in line: Line,
    _ completion: @escaping (Result<ReturnRequest.Return, RedisError>) -> Void
  ) {
    let request = ReturnRequest(token: token, completion: completion)
    guard line.returns.append(request) else { return }
    loop.defer(to: .gather) { [weak self] in self?.sendReturns(of: line) }
  }

  private func sendReturns(of line: Line) {
    guard let batch = line.returns.beginBatch() else { return }
    let arguments = TicketScript.arguments(
      eventArguments, knowledge(of: line), tokens: batch.lazy.map(\.token))
    redis.call(scripts.resume, keys: line.keys.scriptKeys, arguments: arguments) {
      [weak self] (result: Result<ResumeScript.Reply, RedisError>) in
      self?.finish(batch, of: line, result)
    }
  }

  private func finish(
    _ batch: [ReturnRequest], of line: Line, _ result: Result<ResumeScript.Reply, RedisError>
  ) {
    if case .success(let reply) = result {
      learn(reply.head, of: line, ticket: batch.map(\.token.ticket).max())
    }
    let outcomes = result.flatMap { reply -> Result<[ReturnRequest.Return], RedisError> in
      guard reply.answers.count == batch.count else {
        return .failure(.unexpectedReply("resume"))
      }
      return .success(
        reply.answers.map {
          .init(answer: $0, length: reply.length, rebuildUntil: reply.rebuildUntil)
        })
    }
    finish(batch, in: \.returns, of: line, outcomes) { $0.sendReturns(of: line) }
  }
}
