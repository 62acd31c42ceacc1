import HTTP
import Queue
import Redis

/// The part of the data plane that is about sessions, and about the tokens of those inside.
extension Routes {
  func startSession(_ request: RequestContext) {
    guard let body = passBody(request) else { return }
    guard let token = body.reservationToken ?? bearer(request) else {
      return request.refuse(.missingToken)
    }
    room.startSession(with: token) { [self] in answer(request, $0, running: .repeated) }
  }

  func renewSession(_ request: RequestContext) {
    guard let (token, event) = pass(request) else { return }
    room.renewSession(with: token, for: event) { [self] in
      answer(request, $0, running: .renewed)
    }
  }

  private func answer(
    _ request: RequestContext, _ result: Result<SessionOutcome, RedisError>,
    running: OperationMetrics.Outcome
  ) {
    switch result {
    case .success(.started(let session)):
      operations.sessionsStarted.increment()
      let status = request.route == .session ? 201 : 200
      request.succeed(Responses.session(status, session), operations, .started)
    case .success(.running(let session)):
      request.succeed(Responses.session(200, session), operations, running)
    case .success(.refused(let reason)): refuse(request, reason)
    case .failure(let error): request.fail(error, operations)
    }
  }

  func endSession(_ request: RequestContext) {
    guard let (token, event) = pass(request) else { return }
    room.endSession(with: token, for: event) { [self] result in
      switch result {
      case .success(.ended):
        operations.sessionsEnded.increment()
        request.succeed(Responses.sessionEnded(), operations, .ended)
      case .success(.endedBefore):
        request.succeed(Responses.sessionEnded(), operations, .repeated)
      case .success(.refused(let reason)): refuse(request, reason)
      case .failure(let error): request.fail(error, operations)
      }
    }
  }

  func verify(_ request: RequestContext) {
    guard let (token, event) = pass(request) else { return }
    room.check(token, for: event) { [self] result in
      switch result {
      case .success(.valid(let pass, let seconds)):
        request.succeed(Responses.valid(pass, expiresInSeconds: seconds), operations, .valid)
      case .success(.invalid(let reason)): refuse(request, reason)
      case .failure(let error): request.fail(error, operations)
      }
    }
  }

  private func refuse(_ request: RequestContext, _ reason: VerifyOutcome.Reason) {
    request.succeed(Responses.invalid(reason, traceID: request.traceID), operations, .invalid)
  }

  // MARK: Tokens

  /// The token of one who is inside, and the event that it must be for, if the caller names one; nil if
  /// the request is refused.
  private func pass(_ request: RequestContext) -> (token: String, event: EventID?)? {
    guard let body = passBody(request) else { return nil }
    guard let token = body.sessionToken ?? body.reservationToken ?? bearer(request) else {
      request.refuse(.missingToken)
      return nil
    }
    guard let name = body.eventID else { return (token, nil) }
    guard let event = EventID(name) else {
      request.refuse(.invalidEventID)
      return nil
    }
    return (token, event)
  }

  /// The body, which may be left away where the header has the token; nil if the request is refused.
  private func passBody(_ request: RequestContext) -> PassBody? {
    let json = request.exchange.body
    let body =
      json.isEmpty && bearer(request) != nil ? PassBody([nil, nil, nil]) : PassBody(json: json)
    if body == nil { request.refuse(.invalidBody) }
    return body
  }

  /// The token of `Authorization: Bearer`, if there is one.
  func bearer(_ request: RequestContext) -> String? {
    guard let text = request.exchange.header("Authorization"), text.utf8.count > 7,
      text.prefix(7).lowercased() == "bearer "
    else { return nil }
    let token = text.dropFirst(7).drop { $0 == " " }
    return token.isEmpty ? nil : String(token)
  }

  /// Calls `body` unless the session that a token is of was ended: then the request is refused.
  func unlessEnded(_ request: RequestContext, _ token: String?, _ body: @escaping () -> Void) {
    guard let token else { return body() }
    room.hasEnded(token) { [self] hasEnded in
      guard hasEnded else { return body() }
      request.refuse(.sessionEnded, seatOperations, .endedSession)
    }
  }
}
