import Loop
import Redis

extension WaitingRoom {
  /// Lets the bearer of `token` in who is called. Who stands behind the called is refused by what status
  /// reads, without a script; a no-show asks by this to be called again.
  ///
  /// Replay-safe: within `grant-ttl` a repetition gets the same grant again.
  package func enter(
    with token: String, _ completion: @escaping (Result<EnterOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let token = signer.waitingToken(token) else {
      return completion(.success(.gone(.notFound)))
    }
    let line = line(of: token.event)
    noteIfYoung(token, in: line)
    withPace(of: line) { [self] result in
      switch result {
      case .failure(let error): completion(.failure(error))
      case .success(let pace): enter(token, in: line, pace, completion)
      }
    }
  }

  private func enter(
    _ token: WaitingToken, in line: Line, _ pace: Pace,
    _ completion: @escaping (Result<EnterOutcome, RedisError>) -> Void
  ) {
    func ask() {
      self.ask(token, in: line) { [self] result in
        completion(result.flatMap { self.outcome(of: token, in: line, $0) })
      }
    }
    // Up to there people were called: the script knows who still is.
    if token.ticket.microseconds <= pace.snapshot.calledTo { return ask() }
    look(at: token, in: line, alsoForCall: true) { [self] result in
      switch result {
      case .failure(let error): completion(.failure(error))
      case .success(let found):
        guard let entry = found.entry, found.call == nil,
          entry.score <= token.ticket.microseconds, isYoung(token, in: line)
        else { return ask() }
        let standing = standing(
          of: token, at: entry.rank + 1, of: pace.snapshot.length, pace, in: line)
        completion(.success(.notReady(standing)))
      }
    }
  }

  /// Asks to enter, with all others who do in this turn of the loop.
  private func ask(
    _ token: WaitingToken, in line: Line,
    _ completion: @escaping (Result<EnterRequest.Entry, RedisError>) -> Void
  ) {
    guard line.enters.append(EnterRequest(token: token, completion: completion)) else { return }
    loop.defer(to: .gather) { [weak self] in self?.sendEnters(of: line) }
  }

  private func sendEnters(of line: Line) {
    guard let batch = line.enters.beginBatch() else { return }
    let arguments = TicketScript.arguments(
      eventArguments, knowledge(of: line), tokens: batch.lazy.map(\.token))
    redis.call(scripts.enter, keys: line.keys.scriptKeys, arguments: arguments) {
      [weak self] (result: Result<EnterScript.Reply, RedisError>) in
      self?.finish(batch, of: line, result)
    }
  }

  private func finish(
    _ batch: [EnterRequest], of line: Line, _ result: Result<EnterScript.Reply, RedisError>
  ) {
    if case .success(let reply) = result {
      learn(reply.head, of: line, ticket: batch.map(\.token.ticket).max())
      line.admitted(reply.answers.count { if case .admitted = $0 { true } else { false } })
    }
    let entries = result.flatMap { reply -> Result<[EnterRequest.Entry], RedisError> in
      guard reply.answers.count == batch.count else {
        return .failure(.unexpectedReply("enter"))
      }
      return .success(
        reply.answers.map {
          .init(
            answer: $0, length: reply.length, tokens: reply.tokens,
            rebuildUntil: reply.rebuildUntil)
        })
    }
    finish(batch, in: \.enters, of: line, entries) { $0.sendEnters(of: line) }
  }

  private func outcome(
    of token: WaitingToken, in line: Line, _ entry: EnterRequest.Entry
  ) -> Result<EnterOutcome, RedisError> {
    guard let signer else { return .failure(Self.noSecret) }
    func granted(_ at: Int64, _ wait: Admission.Wait?) -> Result<EnterOutcome, RedisError> {
      .success(.granted(admission(of: token.user, at: at, in: line, signer, wait: wait)))
    }
    switch entry.answer {
    case .gone(let ticket): return .success(.gone(gone(ticket, in: line)))
    case .admittedBefore(let at): return granted(at, nil)
    case .admitted(let at, let waited, let promise):
      let kept = promise.map { promise in
        Admission.Promise(
          seconds: promise.eta, low: promise.low, high: promise.high,
          tookSeconds: Double(promise.took) / 1e6)
      }
      return granted(at, .init(actualSeconds: Double(waited) / 1e6, promise: kept))
    case .notReady(let position):
      noteIfOld(token, in: line)
      return standing(of: token, at: position, callLeft: 0, entry, in: line).map {
        .notReady($0)
      }
    case .paused(let position, let left):
      noteIfOld(token, in: line)
      return standing(of: token, at: position, callLeft: left, entry, in: line).map {
        .paused($0)
      }
    }
  }

  private func standing(
    of token: WaitingToken, at position: Int, callLeft: Int64, _ entry: EnterRequest.Entry,
    in line: Line
  ) -> Result<Standing, RedisError> {
    guard var pace = line.pace else { return .failure(.unexpectedReply("enter")) }
    pace.rebuilds(until: entry.rebuildUntil)
    pace.refilled(to: entry.tokens)
    return .success(
      standing(of: token, at: position, of: entry.length, pace, in: line, callLeft: callLeft))
  }

  /// The grant that began at `began`, µs of Redis time.
  func admission(
    of user: UserID, at began: Int64, in line: Line, _ signer: TokenSigner, wait: Admission.Wait?
  ) -> Admission {
    let grant = Grant(
      event: line.keys.event, user: user, admittedAt: began,
      lifetimeSeconds: Int(settings.grantTTL.components.seconds))
    let age = max(0, line.redisTime(at: loop.now) - began) / 1_000_000
    return Admission(
      token: signer.sign(grant), ttlSeconds: max(0, grant.lifetimeSeconds - Int(age)), wait: wait)
  }
}
