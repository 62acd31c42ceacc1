import Loop
import Redis

extension WaitingRoom {
  /// Says where the bearer of `token` stands, and puts a person who was parked or lost back in line.
  ///
  /// Only reads, unless the person is not where the token says.
  package func status(
    of token: String, _ completion: @escaping (Result<StatusOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let token = signer.waitingToken(token) else {
      return completion(.success(.gone(.notFound)))
    }
    let line = line(of: token.event)
    let poll = Poll(token: token, line: line, completion: completion)
    noteIfYoung(token, in: line)
    let mayBeCalled = line.mayBeCalled(token.ticket, at: loop.now)
    // Sent before the commands, so that one round trip brings everything, and calls come first.
    if line.isStale(at: loop.now) { pulse(line) }
    look(at: token, in: line, alsoForCall: mayBeCalled) { [self] result in
      switch result {
      case .failure(let error): poll.completion(.failure(error))
      case .success(let found): answer(poll, found)
      }
    }
  }

  private func answer(_ poll: Poll, _ found: Found) {
    if let pace = poll.line.freshPace(at: loop.now) { return answer(poll, found, pace) }
    withLastPace(of: poll.line) { [self] result in
      switch result {
      case .failure(let error): poll.completion(.failure(error))
      case .success(let pace): answer(poll, found, pace)
      }
    }
  }

  private func answer(_ poll: Poll, _ found: Found, _ pace: Pace) {
    // Whether an older one still lives depends on when the person was seen: a script looks.
    guard let entry = found.entry, entry.score <= poll.token.ticket.microseconds,
      isYoung(poll.token, in: poll.line)
    else { return resume(poll) }
    let standing = standing(
      of: poll.token, at: entry.rank + 1, of: pace.snapshot.length, pace, in: poll.line,
      callLeft: found.call.map { $0.ends - poll.line.callTime(at: loop.now) } ?? 0,
      isCalledByOperator: found.call?.isByOperator ?? false)
    poll.completion(.success(.waiting(renewing(poll, standing))))
  }

  /// The line's pace, as it last was if no pulse gets through: a Redis that takes no writes for a while
  /// (a failover, a full disk) still says where people stand.
  private func withLastPace(
    of line: Line, _ body: @escaping (Result<Pace, RedisError>) -> Void
  ) {
    // Not each poll must wait to see another pulse fail.
    if line.isPulseFailing, let pace = line.pace { return body(.success(pace)) }
    withPace(of: line) { result in
      body(result.flatMapError { error in line.pace.map(Result.success) ?? .failure(error) })
    }
  }

  private func resume(_ poll: Poll) {
    comeBack(with: poll.token, in: poll.line) { [self] result in
      poll.completion(result.flatMap { self.outcome(of: poll, $0) })
    }
  }

  private func outcome(
    of poll: Poll, _ found: ReturnRequest.Return
  ) -> Result<StatusOutcome, RedisError> {
    switch found.answer {
    case .gone(let ticket): return .success(.gone(gone(ticket, in: poll.line)))
    case .inLine(let position, let hasResumed, let callLeft):
      noteIfOld(poll.token, in: poll.line)
      guard var pace = poll.line.pace else { return .failure(.unexpectedReply("resume")) }
      pace.rebuilds(until: found.rebuildUntil)
      let standing = standing(
        of: poll.token, at: position, of: found.length, pace, in: poll.line,
        callLeft: callLeft, hasResumed: hasResumed)
      return .success(.waiting(renewing(poll, standing)))
    }
  }

  /// Adds the token that says that the person was seen now, if the one that was shown does not.
  private func renewing(_ poll: Poll, _ standing: Standing) -> Standing {
    // A token of version 0.1 has no room for a stamp.
    guard let signer, signer.format == .version2 else { return standing }
    let token = seen(poll.token, in: poll.line)
    guard token.stamp != poll.token.stamp else { return standing }
    var standing = standing
    standing.renewedToken = signer.sign(token)
    return standing
  }

  /// What a person at `position` is told, who is called for so many ms more, if more than 0.
  func standing(
    of token: WaitingToken, at position: Int, of length: Int, _ pace: Pace, in line: Line,
    callLeft: Int64 = 0, isCalledByOperator: Bool = false, hasResumed: Bool = false
  ) -> Standing {
    let time = line.redisTime(at: loop.now)
    let enterWithin = enterWithin(callLeft: callLeft)
    let prospect = pace.prospect(at: time)
    let eta = enterWithin == nil ? prospect.eta(position: position) : .called
    if enterWithin == nil { line.told(token.ticket, eta, by: prospect, at: time) }
    return Standing(
      position: position, eta: eta,
      waitedSeconds: Int(max(0, time - token.ticket.microseconds) / 1_000_000),
      enterWithinSeconds: enterWithin,
      isReady: enterWithin != nil && (isCalledByOperator || !pace.snapshot.isPaused),
      pollAfterSeconds: pollAfter(eta, at: position, prospect, pace, time: time),
      // The length is up to a second old, and no one stands behind the end.
      queueLength: max(length, position), door: Door(pace.snapshot, at: time),
      isSoldOut: line.pace?.snapshot.isSoldOut ?? false,
      hasResumed: hasResumed)
  }
}

extension Door {
  /// The door at `time`, µs of Redis time, as `snapshot` tells.
  init(_ snapshot: LineSnapshot, at time: Int64) {
    state = snapshot.state(at: time)
    opensAt = snapshot.opensAt > time ? WallTime(milliseconds: snapshot.opensAt / 1000) : nil
  }
}

/// One status request under way.
private struct Poll {
  let token: WaitingToken
  let line: Line
  let completion: (Result<StatusOutcome, RedisError>) -> Void
}
