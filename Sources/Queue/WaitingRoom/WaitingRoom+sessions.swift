import Loop
import Redis

extension WaitingRoom {
  /// Turns the grant `text` into a session. One admission is one session: exchanging the grant again
  /// gives the same, as it is by then.
  package func startSession(
    with text: String, _ completion: @escaping (Result<SessionOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let grant = signer.grant(text) else {
      return completion(.success(.refused(.unknown)))
    }
    start(grant, completion)
  }

  /// Prolongs the session `text`, which Redis hears of with the next pulse; a grant becomes one first.
  package func renewSession(
    with text: String, for event: EventID? = nil,
    _ completion: @escaping (Result<SessionOutcome, RedisError>) -> Void
  ) {
    check(text, for: event) { [self] result in
      switch result {
      case .failure(let error): completion(.failure(error))
      case .success(.invalid(let reason)): completion(.success(.refused(reason)))
      case .success(.valid(.grant(let grant), _)): start(grant, completion)
      case .success(.valid(.session(let session), let seconds)):
        renew(session, isUrgent: seconds <= 2, completion)
      }
    }
  }

  /// Ends the session that `text` is, or that the grant `text` is or would become, which frees its
  /// place; repeating it changes nothing. Completes when Redis has it.
  package func endSession(
    with text: String, for event: EventID? = nil,
    _ completion: @escaping (Result<SessionEndOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let pass = signer.pass(text) else { return completion(.success(.refused(.unknown))) }
    guard event == nil || event == pass.event else {
      return completion(.success(.refused(.otherEvent)))
    }
    let line = line(of: pass.event)
    knowEnds(of: line) { [self] in
      if line.ends.hasEnded(pass.name), !line.ends.hasNews {
        return completion(.success(.endedBefore))
      }
      let isFirst = !line.ends.hasEnded(pass.name)
      let time = time(of: line)
      let longest = max(sessionTTL(of: line), settings.grantTTL.milliseconds)
      line.ends.note(
        .init(change: .ended, name: pass.name, until: max(pass.endsAt / 1000, time + longest)))
      line.waitForNews { completion($0.map { isFirst ? .ended : .endedBefore }) }
      tellSoon(line)
    }
  }

  /// Says whether the session that a token is, or that its grant would become, was ended. A token that
  /// is not ours was not.
  package func hasEnded(_ text: String, _ completion: @escaping (Bool) -> Void) {
    guard let pass = signer?.pass(text) else { return completion(false) }
    let line = line(of: pass.event)
    knowEnds(of: line) { completion(line.ends.hasEnded(pass.name)) }
  }

  // MARK: Exchange

  private func start(
    _ grant: Grant, _ completion: @escaping (Result<SessionOutcome, RedisError>) -> Void
  ) {
    let line = line(of: grant.event)
    // After a loss this front may know it before Redis does.
    let name = SessionName(user: grant.user, grantBegan: grant.admittedAt)
    if line.ends.hasEnded(name) { return completion(.success(.refused(.ended))) }
    guard line.exchanges.append(SessionRequest(grant: grant, completion: completion)) else {
      return
    }
    loop.defer(to: .gather) { [weak self] in self?.sendExchanges(of: line) }
  }

  private func sendExchanges(of line: Line) {
    guard let batch = line.exchanges.beginBatch() else { return }
    let arguments = SessionScript.arguments(
      eventArguments, knowledge(of: line), sessionMax: settings.sessionMax,
      grants: batch.lazy.map(\.grant))
    redis.call(scripts.session, keys: line.keys.scriptKeys, arguments: arguments) {
      [weak self] (result: Result<SessionScript.Reply, RedisError>) in
      self?.finish(batch, of: line, result)
    }
  }

  private func finish(
    _ batch: [SessionRequest], of line: Line, _ result: Result<SessionScript.Reply, RedisError>
  ) {
    if case .success(let reply) = result { learn(reply.head, of: line) }
    let outcomes = result.flatMap { reply -> Result<[SessionOutcome], RedisError> in
      guard reply.answers.count == batch.count else {
        return .failure(.unexpectedReply("session"))
      }
      guard let signer else { return .failure(Self.noSecret) }
      return .success(
        zip(batch, reply.answers).map { request, answer in
          switch answer {
          case .expired: return .refused(.expired)
          case .ended: return .refused(.ended)
          case .session(let until, let isNew):
            let name = SessionName(
              user: request.grant.user, grantBegan: request.grant.admittedAt)
            let session = live(name, until: until, in: line, signer)
            return isNew ? .started(session) : .running(session)
          }
        })
    }
    finish(batch, in: \.exchanges, of: line, outcomes) { $0.sendExchanges(of: line) }
  }

  /// A session that lasts until then, ms of Redis time, as its bearer is told.
  func live(
    _ name: SessionName, until: Int64, in line: Line, _ signer: TokenSigner
  ) -> LiveSession {
    let session = Session(event: line.keys.event, name: name, endsAt: until)
    return LiveSession(
      token: signer.sign(session),
      expiresInSeconds: Int(max(0, until - time(of: line) + 999) / 1000))
  }

  // MARK: Renewal

  private func renew(
    _ session: Session, isUrgent: Bool,
    _ completion: @escaping (Result<SessionOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    let line = line(of: session.event)
    let latest = session.name.grantBegan / 1000 + settings.sessionMax.milliseconds
    let until = max(session.endsAt, min(time(of: line) + sessionTTL(of: line), latest))
    line.ends.note(.init(change: .renewed, name: session.name, until: until))
    scheduleTick()
    let outcome = SessionOutcome.running(live(session.name, until: until, in: line, signer))
    guard isUrgent else { return completion(.success(outcome)) }
    // Redis would take the session to be over before it heard of this.
    line.waitForNews { completion($0.map { outcome }) }
    pulse(line)
  }

  private func sessionTTL(of line: Line) -> Int64 {
    line.pace.map(\.snapshot.sessionTTL) ?? settings.sessionTTL.milliseconds
  }

  /// Redis time, ms.
  private func time(of line: Line) -> Int64 {
    (line.recentRedisTime(at: loop.now) ?? clock.time(at: loop.now)) / 1000
  }

  // MARK: Which have ended

  /// Calls `body` when this front knows which of the line's sessions have ended up to two seconds ago:
  /// at once if it does, else after a pulse; also where that fails, since those inside stay so while
  /// Redis is away.
  func knowEnds(of line: Line, _ body: @escaping () -> Void) {
    line.usedSessions(at: loop.now)
    scheduleTick()
    if line.knowsEnds(at: loop.now) { return body() }
    let isFailing = line.isPulseFailing
    if !isFailing { line.wait { _ in body() } }
    pulse(line)
    if isFailing { body() }
  }

  /// Tells Redis what became of sessions, with what comes in the next moment: each pulse says it of
  /// many.
  private func tellSoon(_ line: Line) {
    guard line.plansToTell() else { return }
    loop.schedule(after: .milliseconds(20)) { [weak self] in
      line.isTelling = false
      self?.pulse(line)
    }
  }
}
