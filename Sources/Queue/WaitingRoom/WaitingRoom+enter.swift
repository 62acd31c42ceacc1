import Loop
import Redis

extension WaitingRoom {
  /// Lets the bearer of `token` in, if it is that person's turn.
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
      if case .failure(let error) = result { return completion(.failure(error)) }
      call(scripts.enter, about: token, in: line) {
        (result: Result<EnterScript.Outcome, RedisError>) in
        completion(result.flatMap { self.outcome(of: token, in: line, $0) })
      }
    }
  }

  private func outcome(
    of token: WaitingToken, in line: Line, _ outcome: EnterScript.Outcome
  ) -> Result<EnterOutcome, RedisError> {
    switch outcome {
    case .gone(let end): return .success(.gone(Gone(end)))
    case .notReady(let denial):
      noteIfOld(token, in: line)
      return notReady(token, denial, in: line)
    case .admittedBefore(let at): return grant(to: token, admittedAt: at, in: line, wait: nil)
    case .admitted(let at, let waited, let promise, let tokens):
      line.admitted(tokensLeft: tokens)
      let wait = Admission.Wait(actualSeconds: Double(waited) / 1e6, promisedSeconds: promise)
      return grant(to: token, admittedAt: at, in: line, wait: wait)
    }
  }

  private func grant(
    to token: WaitingToken, admittedAt: Int64, in line: Line, wait: Admission.Wait?
  ) -> Result<EnterOutcome, RedisError> {
    guard let signer else { return .failure(Self.noSecret) }
    let grant = Grant(
      event: token.event, user: token.user, admittedAt: admittedAt,
      lifetimeSeconds: Int(settings.grantTTL.components.seconds))
    let age = max(0, line.redisTime(at: loop.now) - admittedAt) / 1_000_000
    return .success(
      .granted(
        Admission(
          token: signer.sign(grant), ttlSeconds: max(0, grant.lifetimeSeconds - Int(age)),
          wait: wait)))
  }

  private func notReady(
    _ token: WaitingToken, _ denial: EnterScript.Denial, in line: Line
  ) -> Result<EnterOutcome, RedisError> {
    guard var pace = line.pace else { return .failure(.unexpectedReply("enter")) }
    pace.rebuilds(until: denial.rebuildUntil)
    pace.refilled(to: denial.tokens)
    return .success(
      .notReady(standing(of: token, at: denial.position, of: denial.length, pace, in: line)))
  }
}
