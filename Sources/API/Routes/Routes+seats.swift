import HTTP
import Queue
import Seats

/// The part of the data plane that is about seats and stock.
extension Routes {
  func seats(_ request: RequestContext) {
    guard let path = EventPath(request.exchange.path), let event = EventID(path.event) else {
      return request.refuse(.invalidEventID)
    }
    guard let after = number(request, "after", default: 0, in: 0...Int64.max),
      let limit = number(request, "limit", default: 1000, in: 0...Int64(BoxOffice.pageLimit))
    else { return }
    let known = EntityTag.version(request.exchange.header("If-None-Match"))
    office.map(of: event, after: after, limit: Int(limit), knowing: known) { [self] result in
      switch result {
      case .success(.page(let page)):
        request.succeed(Responses.seats(page, of: event.text), seatOperations, .told)
      case .success(.unchanged(let version)):
        request.succeed(Responses.unchanged(version: version), seatOperations, .unchanged)
      case .success(.none): request.refuse(.noSeats, seatOperations, .notFound)
      case .failure(let error): request.fail(error, seatOperations)
      }
    }
  }

  func hold(_ request: RequestContext) {
    guard let body = HoldBody(json: request.exchange.body) else {
      return request.refuse(.invalidBody)
    }
    guard let event = event(request, body.eventID) else { return }
    guard let names = body.seatIDs, !names.isEmpty else { return request.refuse(.missingSeatIDs) }
    let seats = names.compactMap { SeatID($0) }
    guard seats.count == names.count else { return request.refuse(.invalidSeatID) }
    guard let grant = body.sessionToken ?? body.reservationToken ?? bearer(request) else {
      return request.refuse(.missingToken)
    }
    unlessEnded(request, grant) { [self] in hold(request, seats, of: event, grant: grant) }
  }

  private func hold(
    _ request: RequestContext, _ seats: [SeatID], of event: EventID, grant: String
  ) {
    office.hold(seats, of: event, grant: grant) { [self] result in
      switch result {
      case .success(.held(let held)):
        request.succeed(Responses.held(201, held), seatOperations, .held)
      case .success(.heldAlready(let held)):
        request.succeed(Responses.held(200, held), seatOperations, .repeated)
      case .success(.unavailable(let seats)):
        request.succeed(
          Responses.error(.seatsUnavailable, seats: seats, traceID: request.traceID),
          seatOperations,
          .unavailable)
      case .success(.unknownSeats(let seats)):
        request.succeed(
          Responses.error(.seatsUnknown, seats: seats, traceID: request.traceID), seatOperations,
          .notFound)
      case .success(.soldOut): request.refuse(.soldOut, seatOperations, .soldOut)
      case .success(.limitReached): request.refuse(.seatLimit, seatOperations, .limitReached)
      case .success(.grantInvalid): request.refuse(.grantInvalid, seatOperations, .invalidGrant)
      case .success(.grantExpired): request.refuse(.grantExpired, seatOperations, .expiredGrant)
      case .failure(let error): request.fail(error, seatOperations)
      }
    }
  }

  func release(_ request: RequestContext) {
    guard let hold = holdID(request) else { return }
    office.release(hold) { [self] result in
      switch result {
      case .success(.released(let seconds)):
        if let seconds { seatOperations.holdDurations.observe(seconds) }
        let outcome: SeatOperationMetrics.Outcome = seconds == nil ? .repeated : .released
        request.succeed(Responses.released(), seatOperations, outcome)
      case .success(.confirmed):
        request.refuse(.alreadyConfirmed, seatOperations, .alreadyConfirmed)
      case .success(.notFound): request.refuse(.holdNotFound, seatOperations, .notFound)
      case .failure(let error): request.fail(error, seatOperations)
      }
    }
  }

  func confirm(_ request: RequestContext) {
    guard let hold = holdID(request) else { return }
    office.confirm(hold) { [self] result in
      switch result {
      case .success(.confirmed(let seats, let seconds)):
        if let seconds { seatOperations.holdDurations.observe(seconds) }
        let outcome: SeatOperationMetrics.Outcome = seconds == nil ? .repeated : .confirmed
        request.succeed(Responses.confirmed(seats), seatOperations, outcome)
      case .success(.expired): request.refuse(.holdExpired, seatOperations, .expired)
      case .success(.notFound): request.refuse(.holdNotFound, seatOperations, .notFound)
      case .failure(let error): request.fail(error, seatOperations)
      }
    }
  }

  func take(_ request: RequestContext) {
    guard let body = TakeBody(json: request.exchange.body) else {
      return request.refuse(.invalidBody)
    }
    guard let event = event(request, body.eventID) else { return }
    guard let name = body.item else { return request.refuse(.missingItem) }
    guard let item = ItemID(name) else { return request.refuse(.invalidItem) }
    let grant = body.sessionToken ?? body.reservationToken ?? bearer(request)
    guard body.userID != nil || grant != nil else { return request.refuse(.missingUserID) }
    let user = body.userID.flatMap { UserID($0) }
    guard body.userID == nil || user != nil else { return request.refuse(.invalidUserID) }
    unlessEnded(request, grant) { [self] in
      take(request, item, of: event, for: user, grant: grant)
    }
  }

  private func take(
    _ request: RequestContext, _ item: ItemID, of event: EventID, for user: UserID?,
    grant: String?
  ) {
    office.take(item, of: event, for: user, grant: grant) { [self] result in
      switch result {
      case .success(.taken(let taken)):
        request.succeed(Responses.taken(item, taken), seatOperations, .taken)
      case .success(.takenAlready(let taken)):
        request.succeed(
          Responses.takenAlready(item, taken, traceID: request.traceID), seatOperations,
          .alreadyTaken)
      case .success(.soldOut): request.refuse(.soldOut, seatOperations, .soldOut)
      case .success(.unknownItem): request.refuse(.itemNotFound, seatOperations, .notFound)
      case .success(.grantInvalid): request.refuse(.grantInvalid, seatOperations, .invalidGrant)
      case .success(.grantExpired): request.refuse(.grantExpired, seatOperations, .expiredGrant)
      case .failure(let error): request.fail(error, seatOperations)
      }
    }
  }

  /// The event that a body names; nil if the request is refused.
  private func event(_ request: RequestContext, _ name: String?) -> EventID? {
    guard let name else {
      request.refuse(.missingEventID)
      return nil
    }
    let event = EventID(name)
    if event == nil { request.refuse(.invalidEventID) }
    return event
  }

  /// The hold that a body names; nil if the request is refused.
  private func holdID(_ request: RequestContext) -> String? {
    guard let body = HoldIDBody(json: request.exchange.body) else {
      request.refuse(.invalidBody)
      return nil
    }
    if body.holdID == nil { request.refuse(.missingHoldID) }
    return body.holdID
  }

  /// A number of the query; nil if it is none, and the request is refused.
  private func number(
    _ request: RequestContext, _ name: String, default fallback: Int64, in range: ClosedRange<Int64>
  ) -> Int64? {
    switch request.exchange.queryValue(name) {
    case .missing: return fallback
    case .value(let text):
      if let number = Int64(text), range.contains(number) { return number }
      request.refuse(.invalidPage)
    case .malformed: request.refuse(.malformedQuery)
    }
    return nil
  }
}
