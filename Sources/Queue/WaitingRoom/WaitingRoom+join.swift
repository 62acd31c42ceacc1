import Loop
import Redis

extension WaitingRoom {
  /// Puts `user` at the end of an event's line, or finds the place that the user has.
  ///
  /// Replay-safe: a person who waits already gets the same token again.
  package func join(
    _ event: EventID, _ user: UserID,
    _ completion: @escaping (Result<JoinOutcome, RedisError>) -> Void
  ) {
    guard signer != nil else { return completion(.failure(Self.noSecret)) }
    let line = line(of: event)
    // An event that this front has not met may be one that must not be created.
    if line.wasRegistered { noteActivity(in: line) }
    guard line.joins.append(JoinRequest(user: user, completion: completion)) else { return }
    // By then, everyone who came in this turn of the loop stands in the queue.
    loop.defer(to: .gather) { [weak self] in self?.sendJoins(of: line) }
  }

  private func sendJoins(of line: Line) {
    guard let batch = line.joins.beginBatch() else { return }
    lookAtStore(of: line) { [weak self] error in
      guard let self else { return }
      if let error { return finish(batch, of: line, .failure(error)) }
      withPace(of: line) { [weak self] result in
        guard let self else { return }
        switch result {
        case .success(let pace): send(batch, of: line, pace)
        case .failure(let error): finish(batch, of: line, .failure(error))
        }
      }
    }
  }

  /// Before the first join to an event that this process does not know: whether its store has lost
  /// everything only shows in the store's epoch.
  private func lookAtStore(of line: Line, _ body: @escaping (RedisError?) -> Void) {
    let slot = line.keys.waiting.slot
    guard line.progress.tick == 0, let key = store.epochKey(of: slot) else { return body(nil) }
    redis.send(.get(key)) { [weak self] result in
      guard let self else { return }
      switch result {
      case .success(let reply):
        let time = clock.time(at: loop.now)
        let action = store.looked(reply.bytes, at: key, now: loop.now, time: time)
        if case .publish(let epoch) = action {
          redis.send(.setIfAbsent(key, epoch.bytes)) { _ in }
        }
        body(nil)
      case .failure(let error): body(error)
      }
    }
  }

  private func send(_ batch: [JoinRequest], of line: Line, _ pace: Pace) {
    if line.progress.tick == 0, !pace.snapshot.hasLine {
      if let refusal = refusal(toCreate: pace.snapshot) {
        return finish(batch, of: line, .success(batch.map { _ in refusal }))
      }
      store.census.created()
    }
    if !line.wasRegistered { register(line) }
    let arguments = JoinScript.arguments(
      eventArguments, knowledge(of: line), limit: settings.queueLimit,
      terms: pace.terms(at: line.redisTime(at: loop.now)),
      refusesWhenSoldOut: settings.refusesWhenSoldOut, users: batch.lazy.map(\.user))
    redis.call(scripts.join, keys: line.keys.scriptKeys, arguments: arguments) {
      [weak self] (result: Result<JoinScript.Reply, RedisError>) in
      guard let self else { return }
      finish(batch, of: line, result.flatMap { self.outcomes(of: batch, in: line, from: $0) })
    }
  }

  /// Why an event that no one has joined yet stays so; nil if it may be created.
  private func refusal(toCreate event: LineSnapshot) -> JoinOutcome? {
    if event.isNamed { return nil }
    if settings.onlyNamedEvents { return .unknownEvent }
    return store.census.events >= settings.eventLimit ? .tooManyEvents : nil
  }

  private func finish(
    _ batch: [JoinRequest], of line: Line, _ result: Result<[JoinOutcome], RedisError>
  ) {
    finish(batch, in: \.joins, of: line, result) { $0.sendJoins(of: line) }
  }

  private func outcomes(
    of batch: [JoinRequest], in line: Line, from reply: JoinScript.Reply
  ) -> Result<[JoinOutcome], RedisError> {
    guard reply.answers.count == batch.count, let pace = line.pace else {
      return .failure(.unexpectedReply("join"))
    }
    guard let signer else { return .failure(Self.noSecret) }
    learn(reply.head, of: line)
    let joined = reply.answers.compactMap { answer -> (ticket: Int64, callLeft: Int64)? in
      if case .joined(let ticket, _, _, let callLeft) = answer { (ticket, callLeft) } else { nil }
    }
    line.joined(joined.count, called: joined.filter { $0.callLeft > 0 }.map(\.ticket))
    let time = line.redisTime(at: loop.now)
    let prospect = pace.prospect(at: time)
    return .success(
      zip(batch, reply.answers).map { request, answer in
        func place(_ ticket: Int64, _ position: Int, _ eta: ETA, callLeft: Int64) -> Place {
          let token = seen(
            WaitingToken(
              event: line.keys.event, user: request.user, ticket: Ticket(microseconds: ticket)),
            in: line)
          return Place(
            token: signer.sign(token), position: position, eta: eta,
            pollAfterSeconds: pollAfter(eta, at: position, prospect, pace, time: time),
            enterWithinSeconds: enterWithin(callLeft: callLeft),
            door: Door(pace.snapshot, at: time))
        }
        switch answer {
        // What the trail holds is what is told: it is the promise that the wait is measured against.
        case .joined(let ticket, let position, let eta, let left):
          if left == 0 {
            line.told(Ticket(microseconds: ticket), eta, by: prospect, at: time)
          }
          return .joined(place(ticket, position, eta, callLeft: left))
        case .waiting(let ticket, let position, let left):
          note(request.user, in: line)
          let eta = left > 0 ? .called : prospect.eta(position: position)
          return .alreadyWaiting(place(ticket, position, eta, callLeft: left))
        case .inside(let inside) where inside.isSession:
          let name = SessionName(user: request.user, grantBegan: inside.grantBegan)
          return .inSession(live(name, until: inside.until, in: line, signer))
        case .inside(let inside):
          return .alreadyInside(
            admission(of: request.user, at: inside.grantBegan, in: line, signer, wait: nil))
        case .admitted: return .alreadyAdmitted
        case .upcoming(let joinsAt):
          return .upcoming(
            joinsAt: WallTime(milliseconds: joinsAt),
            seconds: max(1, Int((joinsAt - time / 1000 + 999) / 1000)),
            Door(pace.snapshot, at: time))
        case .keptOut(let until):
          return .keptOut(seconds: max(1, Int(until - time / 1000 + 999) / 1000))
        case .closed: return .closed
        case .full: return .full
        case .soldOut: return .soldOut
        }
      })
  }
}
