import Glibc
import HTTP
import Logging
import Loop
import Queue
import Redis
import Seats

/// The data plane: one front's requests, from the parsed exchange to its answer.
///
/// | route | does |
/// |---|---|
/// | `POST /api/v1/queue/join` | joins a line |
/// | `GET /api/v1/queue/status?token=` | says where someone stands |
/// | `POST /api/v1/queue/enter` | lets someone in |
/// | `DELETE /api/v1/queue/leave?token=` | ends someone's wait |
/// | `POST /api/v1/queue/verify` | says what a reservation token is worth |
/// | `GET /api/v1/events/{event_id}/seats` | tells the map of seats |
/// | `POST /api/v1/seats/hold` | holds seats |
/// | `POST /api/v1/seats/release` | gives them back |
/// | `POST /api/v1/seats/confirm` | sells them |
/// | `POST /api/v1/stock/take` | gives someone one of an item |
package final class Routes {
  private let room: WaitingRoom
  let office: BoxOffice
  let loop: Loop
  let admission: LoadShedder<RequestContext>
  private let metrics: FrontMetrics
  private let operations: OperationMetrics
  let seatOperations: SeatOperationMetrics
  private let log: Log
  /// When somebody has waited for too long.
  var endOfWait: Loop.TimerID?

  package init(
    loop: Loop, room: WaitingRoom, office: BoxOffice, admission: LoadShedder<RequestContext>,
    metrics: FrontMetrics, operations: OperationMetrics, seatOperations: SeatOperationMetrics,
    log: Log
  ) {
    self.loop = loop
    self.room = room
    self.office = office
    self.admission = admission
    self.metrics = metrics
    self.operations = operations
    self.seatOperations = seatOperations
    self.log = log
    admission.roomMade = { [unowned self] in
      loop.defer(to: .answer) { [self] in startThoseWhoWaited() }
    }
  }

  /// Answers `exchange`, now or in a later turn.
  package func handle(_ exchange: Exchange) {
    let call = RequestContext(
      exchange, route: Route(path: exchange.path), metrics: metrics, log: log)
    if case .unmatched = call.route { return call.refuse(.routeNotFound) }
    guard exchange.method == call.route.method else {
      return call.refuse(.methodNotAllowed(call.route))
    }
    switch admission.admit(call.route.work, at: call.began) {
    case .rateLimited: return call.refuse(.rateLimited, shed: .rateLimited)
    case .stopping: return call.refuse(.stopping, shed: .draining)
    case .mustWait: wait(call)
    case .admitted: start(call)
    }
  }

  /// Does what an admitted request asks for.
  func start(_ call: RequestContext) {
    call.admission = admission
    guard room.signer != nil else { return call.refuse(.starting) }
    switch call.route {
    case .join: join(call)
    case .status: status(call)
    case .enter: enter(call)
    case .leave: leave(call)
    case .verify: verify(call)
    case .seats: seats(call)
    case .hold: hold(call)
    case .release: release(call)
    case .confirm: confirm(call)
    case .take: take(call)
    case .unmatched: break
    }
  }

  /// The process ends: what comes, and what fails, is refused for that reason.
  package func refuseFromNowOn() {
    admission.stop()
  }

  private func join(_ call: RequestContext) {
    guard let body = JoinBody(json: call.exchange.body) else {
      return call.refuse(.invalidBody)
    }
    guard let eventText = body.eventID else { return call.refuse(.missingEventID) }
    guard let event = EventID(eventText) else { return call.refuse(.invalidEventID) }
    let user: UserID
    switch person(body.userID, idempotencyKey: call.exchange.header("Idempotency-Key"), in: event) {
    case .success(let found): user = found
    case .failure(let error): return call.refuse(error.refusal)
    }
    room.join(event, user) { [self] result in
      switch result {
      case .success(.joined(let place)):
        call.succeed(Responses.place(202, place), operations, .joined)
      case .success(.alreadyWaiting(let place)):
        call.succeed(Responses.duplicate(place, traceID: call.traceID), operations, .duplicate)
      case .success(.closed): call.refuse(.queueClosed, operations, .closed)
      case .success(.full): call.refuse(.queueFull, operations, .full)
      case .success(.soldOut): call.refuse(.soldOut, operations, .soldOut)
      case .failure(let error): call.fail(error, operations)
      }
    }
  }

  private struct InvalidPerson: Error {
    let refusal: APIError
  }

  /// Who joins: the named person, or the one that the idempotency key stands for, or somebody new.
  private func person(
    _ name: String?, idempotencyKey: String?, in event: EventID
  ) -> Result<UserID, InvalidPerson> {
    if let name {
      return UserID(name).map(Result.success) ?? .failure(InvalidPerson(refusal: .invalidUserID))
    }
    guard let idempotencyKey else { return .success(.anonymous()) }
    return UserID.anonymous(idempotencyKey: idempotencyKey, in: event).map(Result.success)
      ?? .failure(InvalidPerson(refusal: .invalidIdempotencyKey))
  }

  private func status(_ call: RequestContext) {
    guard let token = queryToken(call) else { return }
    room.status(of: token) { [self] result in
      switch result {
      case .success(.waiting(let standing)):
        if standing.hasResumed { operations.resumed.increment() }
        call.succeed(Responses.standing(standing), operations, .waiting)
      case .success(.gone(let gone)): call.refuse(.gone(gone), operations, .init(gone))
      case .failure(let error): call.fail(error, operations)
      }
    }
  }

  private func enter(_ call: RequestContext) {
    guard let body = EnterBody(json: call.exchange.body) else {
      return call.refuse(.invalidBody)
    }
    guard let token = body.waitingToken else { return call.refuse(.missingToken) }
    room.enter(with: token) { [self] result in
      switch result {
      case .success(.granted(let admission)):
        if let wait = admission.wait { operations.count(wait) }
        let outcome: OperationMetrics.Outcome = admission.wait == nil ? .repeated : .granted
        call.succeed(Responses.granted(admission), operations, outcome)
      case .success(.notReady(let standing)):
        call.succeed(Responses.notReady(standing, traceID: call.traceID), operations, .notReady)
      case .success(.gone(let gone)): call.refuse(.gone(gone), operations, .init(gone))
      case .failure(let error): call.fail(error, operations)
      }
    }
  }

  private func leave(_ call: RequestContext) {
    guard let token = queryToken(call) else { return }
    room.leave(with: token) { [self] result in
      switch result {
      case .success(.left): call.succeed(Responses.left(), operations, .left)
      case .success(.gone(let gone)): call.refuse(.gone(gone), operations, .init(gone))
      case .failure(let error): call.fail(error, operations)
      }
    }
  }

  private func verify(_ call: RequestContext) {
    guard let body = VerifyBody(json: call.exchange.body) else {
      return call.refuse(.invalidBody)
    }
    guard let token = body.reservationToken else { return call.refuse(.missingToken) }
    switch room.verify(token, at: WallClock.milliseconds * 1000) {
    case .success(let outcome):
      let counted: OperationMetrics.Outcome = if case .valid = outcome { .valid } else { .invalid }
      call.succeed(Responses.verified(outcome), operations, counted)
    case .failure(let error): call.fail(error, operations)
    }
  }

  /// The `token` parameter; nil if it is missing or malformed, and the call is answered then.
  private func queryToken(_ call: RequestContext) -> String? {
    switch call.exchange.queryValue("token") {
    case .value(let token) where !token.isEmpty: return token
    case .value, .missing: call.refuse(.missingToken)
    case .malformed: call.refuse(.malformedQuery)
    }
    return nil
  }
}
