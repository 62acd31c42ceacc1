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
    let arguments = ResumeScript.arguments(
      eventArguments, knowledge(of: line),
      people: batch.lazy.map { ($0.token.user, $0.token.ticket) })
    redis.call(scripts.resume, keys: line.keys.scriptKeys, arguments: arguments) {
      [weak self] (result: Result<ResumeScript.Reply, RedisError>) in
      self?.finish(batch, of: line, result)
    }
  }

  private func finish(
    _ batch: [ReturnRequest], of line: Line, _ result: Result<ResumeScript.Reply, RedisError>
  ) {
    var result = result
    if case .success(let reply) = result {
      learn(reply.head, of: line, ticket: batch.map(\.token.ticket).max())
      if reply.answers.count != batch.count { result = .failure(.unexpectedReply("resume")) }
    }
    var batch = batch
    // Batch after batch would wait for its own timeout, and the last in the queue for all of them.
    if case .failure(let error) = result, error.kind != .server { batch += line.returns.giveUp() }
    if line.returns.endBatch() {
      loop.defer(to: .gather) { [weak self] in self?.sendReturns(of: line) }
    }
    switch result {
    case .success(let reply):
      for (request, answer) in zip(batch, reply.answers) {
        request.completion(
          .success(.init(answer: answer, length: reply.length, rebuildUntil: reply.rebuildUntil)))
      }
    case .failure(let error):
      for request in batch { request.completion(.failure(error)) }
    }
  }
}
