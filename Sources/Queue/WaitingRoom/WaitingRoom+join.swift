import Loop
import Redis

extension WaitingRoom {
  /// Puts `user` at the end of an event's line, or finds the place that the user has.
  ///
  /// Replay-safe: whoever waits already gets the same token again.
  package func join(
    _ event: EventID, _ user: UserID,
    _ completion: @escaping (Result<JoinOutcome, RedisError>) -> Void
  ) {
    guard signer != nil else { return completion(.failure(Self.noSecret)) }
    let line = line(of: event)
    note(user, in: line)
    guard line.joins.append(JoinQueue.Request(user: user, completion: completion)) else { return }
    // By then, everyone who came in this turn of the loop stands in the queue.
    loop.defer(to: .gather) { [weak self] in self?.sendJoins(of: line) }
  }

  private func sendJoins(of line: Line) {
    guard let batch = line.joins.beginBatch() else { return }
    withPace(of: line) { [weak self] result in
      guard let self else { return }
      switch result {
      case .success(let pace): send(batch, of: line, pace)
      case .failure(let error): finish(batch, of: line, .failure(error))
      }
    }
  }

  private func send(_ batch: [JoinQueue.Request], of line: Line, _ pace: Pace) {
    let end = pace.endOfLine(at: line.redisTime(at: loop.now))
    let arguments = preamble.arguments(
      knownCreated: line.knownCreated, .integer(Int64(settings.queueLimit)),
      .integer(Int64(end.position)), .text("\(end.eta)"), .text("\(end.etaPerPlace)"),
      .integer(settings.refusesWhenSoldOut ? 1 : 0))
    let users = batch.map { Argument.text($0.user.text) }
    redis.send(.evalsha(scripts.join, keys: line.keys.scriptKeys, arguments: arguments + users)) {
      [weak self] result in
      guard let self else { return }
      finish(batch, of: line, result.flatMap { self.outcomes(of: batch, in: line, from: $0) })
    }
  }

  private func finish(
    _ batch: [JoinQueue.Request], of line: Line, _ result: Result<[JoinOutcome], RedisError>
  ) {
    var batch = batch
    // Batch after batch would wait for its own timeout, and the last in the queue for all of them.
    if case .failure(let error) = result, error.kind != .server { batch += line.joins.giveUp() }
    if line.joins.endBatch() {
      loop.defer(to: .gather) { [weak self] in self?.sendJoins(of: line) }
    }
    switch result {
    case .success(let outcomes):
      for (request, outcome) in zip(batch, outcomes) { request.completion(.success(outcome)) }
    case .failure(let error):
      for request in batch { request.completion(.failure(error)) }
    }
  }

  private func outcomes(
    of batch: [JoinQueue.Request], in line: Line, from reply: Reply
  ) -> Result<[JoinOutcome], RedisError> {
    guard reply.count == batch.count + 2, let created = reply[1].whole else {
      return .failure(.unexpectedReply("join"))
    }
    line.learn(created: created)
    var outcomes: [JoinOutcome] = []
    outcomes.reserveCapacity(batch.count)
    for (index, request) in batch.enumerated() {
      guard let outcome = outcome(of: request, in: line, from: reply[index + 2]) else {
        return .failure(.unexpectedReply("join"))
      }
      outcomes.append(outcome)
    }
    return .success(outcomes)
  }

  private func outcome(
    of request: JoinQueue.Request, in line: Line, from answer: Reply
  ) -> JoinOutcome? {
    guard answer.count >= 2, let kind = answer[0].integer else { return nil }
    if kind == 0 {
      switch answer[1].text {
      case "CLOSED": return .closed
      case "SOLD_OUT": return .soldOut
      default: return .full
      }
    }
    guard answer.count >= 3, let signer, let pace = line.pace,
      let ticket = answer[1].whole, let position = answer[2].whole
    else { return nil }
    let token = signer.sign(
      WaitingToken(
        event: line.keys.event, user: request.user, ticket: Ticket(microseconds: ticket)))
    // What the trail holds is what is told: it is the promise that the wait is measured against.
    let promise = answer.count > 3 ? answer[3].whole.map(Double.init) : nil
    let eta = promise ?? pace.eta(position: Int(position), at: line.redisTime(at: loop.now))
    let (etaSeconds, pollAfterSeconds) = tell(eta)
    let place = Place(
      token: token, position: Int(position), etaSeconds: etaSeconds,
      pollAfterSeconds: pollAfterSeconds)
    return kind == 1 ? .joined(place) : .alreadyWaiting(place)
  }
}
