import Glibc
import HTTP
import Logging
import Loop
import Queue
import Redis
import Seats

/// The data plane: one front's requests, from the parsed exchange to its response.
///
/// | route | does |
/// |---|---|
/// | `POST /api/v1/queue/join` | joins a line |
/// | `GET /api/v1/queue/status?token=` | says where a person stands |
/// | `POST /api/v1/queue/enter` | lets a person in |
/// | `DELETE` or `POST /api/v1/queue/leave?token=` | ends a person's wait |
/// | `POST /api/v1/queue/verify` | says what a reservation or session token is worth |
/// | `POST /api/v1/sessions` | makes a session of a reservation |
/// | `POST /api/v1/sessions/renew` | prolongs it |
/// | `POST /api/v1/sessions/end` | ends it |
/// | `GET /api/v1/events/{event_id}/seats` | tells the map of seats |
/// | `POST /api/v1/seats/hold` | holds seats |
/// | `POST /api/v1/seats/release` | gives them back |
/// | `POST /api/v1/seats/confirm` | sells them |
/// | `POST /api/v1/stock/take` | gives a person one of an item |
///
/// Confined to the front's thread.
package final class Routes {
  let room: WaitingRoom
  let office: BoxOffice
  let loop: Loop
  let shedder: LoadShedder<RequestContext>
  private let metrics: FrontMetrics
  let operations: OperationMetrics
  let seatOperations: SeatOperationMetrics
  private let log: Log
  /// Fires when the next request has waited for too long.
  var endOfWait: Loop.TimerID?

  /// Routes that answer with what `room` and `office` do.
  package init(
    loop: Loop, room: WaitingRoom, office: BoxOffice, shedder: LoadShedder<RequestContext>,
    metrics: FrontMetrics, operations: OperationMetrics, seatOperations: SeatOperationMetrics,
    log: Log
  ) {
    self.loop = loop
    self.room = room
    self.office = office
    self.shedder = shedder
    self.metrics = metrics
    self.operations = operations
    self.seatOperations = seatOperations
    self.log = log
    shedder.slotFreed = { [unowned self] in
      loop.defer(to: .answer) { [self] in startWaiting() }
    }
  }

  /// Answers `exchange`, now or in a later turn.
  package func handle(_ exchange: Exchange) {
    let request = RequestContext(
      exchange, route: Route(path: exchange.path), metrics: metrics, log: log)
    if case .unmatched = request.route { return request.refuse(.routeNotFound) }
    guard request.route.methods.contains(exchange.method) else {
      return request.refuse(.methodNotAllowed(request.route))
    }
    switch shedder.admit(request.route.work, at: request.began) {
    case .rateLimited: return request.refuse(.rateLimited, shed: .rateLimited)
    case .stopping: return request.refuse(.stopping, shed: .draining)
    case .mustWait: wait(request)
    case .admitted: start(request)
    }
  }

  /// Does what an admitted request asks for.
  func start(_ request: RequestContext) {
    request.shedder = shedder
    guard room.signer != nil else { return request.refuse(.starting) }
    switch request.route {
    case .join: join(request)
    case .status: status(request)
    case .enter: enter(request)
    case .leave: leave(request)
    case .verify: verify(request)
    case .session: startSession(request)
    case .renew: renewSession(request)
    case .end: endSession(request)
    case .seats: seats(request)
    case .hold: hold(request)
    case .release: release(request)
    case .confirm: confirm(request)
    case .take: take(request)
    case .unmatched: break
    }
  }

  /// The process ends: what comes, and what fails, is refused for that reason.
  package func refuseFromNowOn() {
    shedder.stop()
  }

  private func join(_ request: RequestContext) {
    guard let body = JoinBody(json: request.exchange.body) else {
      return request.refuse(.invalidBody)
    }
    guard let eventText = body.eventID else { return request.refuse(.missingEventID) }
    guard let event = EventID(eventText) else { return request.refuse(.invalidEventID) }
    let answer = { [self] (result: Result<JoinOutcome, RedisError>) in
      joined(request, result)
    }
    if let name = body.userID {
      guard let user = UserID(name) else { return request.refuse(.invalidUserID) }
      guard !user.isAnonymous else { return request.refuse(.reservedUserID) }
      room.join(event, user, answer)
    } else if let text = request.exchange.header("Idempotency-Key") {
      guard let key = IdempotencyKey(text) else { return request.refuse(.invalidIdempotencyKey) }
      room.join(event, key, answer)
    } else {
      room.join(event, .anonymous(), answer)
    }
  }

  private func joined(_ request: RequestContext, _ result: Result<JoinOutcome, RedisError>) {
    switch result {
    case .success(.joined(let place)):
      request.succeed(Responses.place(202, place), operations, .joined)
    case .success(.alreadyWaiting(let place)):
      request.succeed(
        Responses.duplicate(place, traceID: request.traceID), operations, .duplicate)
    case .success(.alreadyAdmitted):
      gone(request, .alreadyAdmitted(insideSeconds: nil))
    case .success(.alreadyInside(let admission)):
      request.succeed(
        Responses.inside(admission, traceID: request.traceID), operations, .alreadyInside)
    case .success(.inSession(let session)):
      request.succeed(
        Responses.inSession(session, traceID: request.traceID), operations, .alreadyInside)
    case .success(.upcoming(let joinsAt, let seconds, let door)):
      request.succeed(
        Responses.upcoming(
          joinsAt: joinsAt, seconds: seconds, door, traceID: request.traceID),
        operations, .upcoming)
    case .success(.keptOut(let seconds)):
      request.refuse(.keptOut(seconds: seconds), operations, .keptOut)
    case .success(.closed): request.refuse(.queueClosed, operations, .closed)
    case .success(.full): request.refuse(.queueFull, operations, .full)
    case .success(.soldOut): request.refuse(.soldOut, operations, .soldOut)
    case .success(.unknownEvent): request.refuse(.unknownEvent, operations, .notFound)
    case .success(.tooManyEvents): request.refuse(.tooManyEvents, operations, .tooManyEvents)
    case .failure(let error): request.fail(error, operations)
    }
  }

  private func status(_ request: RequestContext) {
    guard let token = queryToken(request) else { return }
    room.status(of: token) { [self] result in
      switch result {
      case .success(.waiting(let standing)):
        if standing.hasResumed { operations.resumed.increment() }
        let isCalled = standing.enterWithinSeconds != nil
        request.succeed(Responses.standing(standing), operations, isCalled ? .ready : .waiting)
      case .success(.gone(let gone)): self.gone(request, gone)
      case .failure(let error): request.fail(error, operations)
      }
    }
  }

  private func enter(_ request: RequestContext) {
    guard let body = EnterBody(json: request.exchange.body) else {
      return request.refuse(.invalidBody)
    }
    guard let token = body.waitingToken else { return request.refuse(.missingToken) }
    room.enter(with: token) { [self] result in
      switch result {
      case .success(.granted(let admission)):
        if let wait = admission.wait { operations.count(wait) }
        let outcome: OperationMetrics.Outcome = admission.wait == nil ? .repeated : .granted
        request.succeed(Responses.granted(admission), operations, outcome)
      case .success(.notReady(let standing)):
        request.succeed(
          Responses.denied(.notReady, standing, traceID: request.traceID), operations, .notReady)
      case .success(.paused(let standing)):
        request.succeed(
          Responses.denied(.paused, standing, traceID: request.traceID), operations, .paused)
      case .success(.gone(let gone)): self.gone(request, gone)
      case .failure(let error): request.fail(error, operations)
      }
    }
  }

  private func leave(_ request: RequestContext) {
    guard let token = queryToken(request) else { return }
    room.leave(with: token) { [self] result in
      switch result {
      case .success(.left): request.succeed(Responses.left(), operations, .left)
      case .success(.gone(let gone)): request.refuse(.gone(gone), operations, .init(gone))
      case .failure(let error): request.fail(error, operations)
      }
    }
  }

  private func gone(_ request: RequestContext, _ gone: Gone) {
    request.succeed(Responses.gone(gone, traceID: request.traceID), operations, .init(gone))
  }

  /// The `token` parameter; nil if it is missing or malformed, and the request is refused then.
  private func queryToken(_ request: RequestContext) -> String? {
    switch request.exchange.queryValue("token") {
    case .value(let token) where !token.isEmpty: return token
    case .value, .missing: request.refuse(.missingToken)
    case .malformed: request.refuse(.malformedQuery)
    }
    return nil
  }
}
