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
    note(token.user, in: line)
    withPace(of: line) { [self] result in
      if case .failure(let error) = result { return completion(.failure(error)) }
      let arguments = preamble.arguments(
        knownCreated: line.knownCreated, .text(token.user.text),
        .integer(token.ticket.microseconds))
      redis.send(.evalsha(scripts.enter, keys: line.keys.scriptKeys, arguments: arguments)) {
        completion($0.flatMap { self.outcome(of: token, in: line, from: $0) })
      }
    }
  }

  private func outcome(
    of token: WaitingToken, in line: Line, from reply: Reply
  ) -> Result<EnterOutcome, RedisError> {
    guard let created = created(in: reply, of: line) else {
      return .failure(.unexpectedReply("enter"))
    }
    line.learn(created: created)
    if let gone = Gone(reply) { return .success(.gone(gone)) }
    let outcome: EnterOutcome? =
      switch (reply[0].integer, reply.count) {
      case (0, 8): notReady(token, in: line, from: reply)
      case (1, 6), (2, 3): granted(token, in: line, from: reply)
      default: nil
      }
    return outcome.map(Result.success) ?? .failure(.unexpectedReply("enter"))
  }

  private func granted(_ token: WaitingToken, in line: Line, from reply: Reply) -> EnterOutcome? {
    guard let signer, let admittedAt = reply[2].whole else { return nil }
    let grant = Grant(
      event: token.event, user: token.user, admittedAt: admittedAt,
      lifetimeSeconds: Int(settings.grantTTL.components.seconds))
    let age = max(0, line.redisTime(at: loop.now) - admittedAt) / 1_000_000
    var wait: Admission.Wait?
    if reply.count == 6, let waited = reply[3].whole, let promise = reply[4].whole,
      let tokens = reply[5].amount
    {
      line.admitted(tokensLeft: tokens)
      wait = Admission.Wait(
        actualSeconds: Double(waited) / 1e6, promisedSeconds: promise < 0 ? nil : Int(promise))
    }
    return .granted(
      Admission(
        token: signer.sign(grant), ttlSeconds: max(0, grant.lifetimeSeconds - Int(age)),
        wait: wait))
  }

  private func notReady(_ token: WaitingToken, in line: Line, from reply: Reply) -> EnterOutcome? {
    guard let position = reply[3].whole, let length = reply[4].whole,
      let tokens = reply[5].amount, let rebuildUntil = reply[6].whole, var pace = line.pace
    else { return nil }
    pace.rebuilds(until: rebuildUntil)
    pace.refilled(to: tokens)
    return .notReady(
      standing(of: token, at: Int(position), of: Int(length), pace, in: line))
  }

  /// Ends the wait of the bearer of `token`. Repeating it changes nothing.
  package func leave(
    with token: String, _ completion: @escaping (Result<LeaveOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let token = signer.waitingToken(token) else {
      return completion(.success(.gone(.notFound)))
    }
    let line = line(of: token.event)
    let arguments = preamble.arguments(
      knownCreated: line.knownCreated, .text(token.user.text),
      .integer(token.ticket.microseconds))
    redis.send(.evalsha(scripts.leave, keys: line.keys.scriptKeys, arguments: arguments)) {
      [self] result in
      completion(
        result.flatMap { reply in
          guard let created = created(in: reply, of: line) else {
            return .failure(.unexpectedReply("leave"))
          }
          line.learn(created: created)
          return .success(Gone(reply).map(LeaveOutcome.gone) ?? .left)
        })
    }
  }

  /// Says what a reservation token is worth at `time` (µs since 1970). Asks nobody, and fails only
  /// while there is no signer.
  package func verify(_ token: String, at time: Int64) -> Result<VerifyOutcome, RedisError> {
    guard let signer else { return .failure(Self.noSecret) }
    guard let grant = signer.grant(token) else { return .success(.invalid(.unknown)) }
    let expires = grant.admittedAt + Int64(grant.lifetimeSeconds) * 1_000_000
    guard time < expires else { return .success(.invalid(.expired)) }
    return .success(
      .valid(grant, expiresInSeconds: Int((expires - time + 999_999) / 1_000_000)))
  }

  /// `created`, which stands second in every answer, but third behind a reason; nil if the reply has
  /// another shape.
  func created(in reply: Reply, of line: Line) -> Int64? {
    guard reply.count >= 3 else { return nil }
    return reply[reply[0].integer == 0 ? 2 : 1].whole
  }
}

extension Gone {
  /// The reason in a script's refusal; nil if it did not refuse, or not for this.
  init?(_ reply: Reply) {
    guard reply[0].integer == 0 else { return nil }
    switch reply[1].text {
    case "ADMITTED": self = .alreadyAdmitted
    case "LEFT": self = .alreadyLeft
    case "EXPIRED": self = .expired
    default: return nil
    }
  }
}
