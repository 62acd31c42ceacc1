import HTTP
import Queue
import Seats

/// The part of the data plane that is about seats and stock.
extension Routes {
  func seats(_ call: RequestContext) {
    guard let path = EventPath(call.exchange.path), let event = EventID(path.event) else {
      return call.refuse(.invalidEventID)
    }
    guard let after = number(call, "after", default: 0, in: 0...Int64.max),
      let limit = number(call, "limit", default: 1000, in: 0...Int64(BoxOffice.pageLimit))
    else { return }
    let known = EntityTag.version(call.exchange.header("If-None-Match"))
    office.map(of: event, after: after, limit: Int(limit), knowing: known) { [self] result in
      switch result {
      case .success(.page(let page)):
        call.succeed(Responses.seats(page, of: event.text), seatOperations, .told)
      case .success(.unchanged(let version)):
        call.succeed(Responses.unchanged(version: version), seatOperations, .unchanged)
      case .success(.none): call.refuse(.noSeats, seatOperations, .notFound)
      case .failure(let error): call.fail(error, seatOperations)
      }
    }
  }

  func hold(_ call: RequestContext) {
    guard let body = HoldBody(json: call.exchange.body) else {
      return call.refuse(.invalidBody)
    }
    guard let event = event(call, body.eventID) else { return }
    guard let names = body.seatIDs, !names.isEmpty else { return call.refuse(.missingSeatIDs) }
    let seats = names.compactMap { SeatID($0) }
    guard seats.count == names.count else { return call.refuse(.invalidSeatID) }
    guard let grant = body.reservationToken else { return call.refuse(.missingToken) }
    office.hold(seats, of: event, grant: grant) { [self] result in
      switch result {
      case .success(.held(let held)): call.succeed(Responses.held(201, held), seatOperations, .held)
      case .success(.heldAlready(let held)):
        call.succeed(Responses.held(200, held), seatOperations, .repeated)
      case .success(.unavailable(let seats)):
        call.succeed(
          Responses.refused(.seatsUnavailable, seats: seats, traceID: call.traceID), seatOperations,
          .unavailable)
      case .success(.unknownSeats(let seats)):
        call.succeed(
          Responses.refused(.seatsUnknown, seats: seats, traceID: call.traceID), seatOperations,
          .notFound)
      case .success(.soldOut): call.refuse(.soldOut, seatOperations, .soldOut)
      case .success(.limitReached): call.refuse(.seatLimit, seatOperations, .limitReached)
      case .success(.grantInvalid): call.refuse(.grantInvalid, seatOperations, .invalidGrant)
      case .success(.grantExpired): call.refuse(.grantExpired, seatOperations, .expiredGrant)
      case .failure(let error): call.fail(error, seatOperations)
      }
    }
  }

  func release(_ call: RequestContext) {
    guard let hold = holdID(call) else { return }
    office.release(hold) { [self] result in
      switch result {
      case .success(.released(let seconds)):
        if let seconds { seatOperations.holdDurations.observe(seconds) }
        let outcome: SeatOperationMetrics.Outcome = seconds == nil ? .repeated : .released
        call.succeed(Responses.released(), seatOperations, outcome)
      case .success(.confirmed): call.refuse(.alreadyConfirmed, seatOperations, .alreadyConfirmed)
      case .success(.notFound): call.refuse(.holdNotFound, seatOperations, .notFound)
      case .failure(let error): call.fail(error, seatOperations)
      }
    }
  }

  func confirm(_ call: RequestContext) {
    guard let hold = holdID(call) else { return }
    office.confirm(hold) { [self] result in
      switch result {
      case .success(.confirmed(let seats, let seconds)):
        if let seconds { seatOperations.holdDurations.observe(seconds) }
        let outcome: SeatOperationMetrics.Outcome = seconds == nil ? .repeated : .confirmed
        call.succeed(Responses.confirmed(seats), seatOperations, outcome)
      case .success(.expired): call.refuse(.holdExpired, seatOperations, .expired)
      case .success(.notFound): call.refuse(.holdNotFound, seatOperations, .notFound)
      case .failure(let error): call.fail(error, seatOperations)
      }
    }
  }

  func take(_ call: RequestContext) {
    guard let body = TakeBody(json: call.exchange.body) else {
      return call.refuse(.invalidBody)
    }
    guard let event = event(call, body.eventID) else { return }
    guard let name = body.item else { return call.refuse(.missingItem) }
    guard let item = ItemID(name) else { return call.refuse(.invalidItem) }
    guard body.userID != nil || body.reservationToken != nil else {
      return call.refuse(.missingUserID)
    }
    let user = body.userID.flatMap { UserID($0) }
    guard body.userID == nil || user != nil else { return call.refuse(.invalidUserID) }
    office.take(item, of: event, for: user, grant: body.reservationToken) { [self] result in
      switch result {
      case .success(.taken(let taken)):
        call.succeed(Responses.taken(item, taken), seatOperations, .taken)
      case .success(.takenAlready(let taken)):
        call.succeed(
          Responses.takenAlready(item, taken, traceID: call.traceID), seatOperations, .alreadyTaken)
      case .success(.soldOut): call.refuse(.soldOut, seatOperations, .soldOut)
      case .success(.unknownItem): call.refuse(.itemNotFound, seatOperations, .notFound)
      case .success(.grantInvalid): call.refuse(.grantInvalid, seatOperations, .invalidGrant)
      case .success(.grantExpired): call.refuse(.grantExpired, seatOperations, .expiredGrant)
      case .failure(let error): call.fail(error, seatOperations)
      }
    }
  }

  /// The event that a body names; nil if the call is answered.
  private func event(_ call: RequestContext, _ name: String?) -> EventID? {
    guard let name else {
      call.refuse(.missingEventID)
      return nil
    }
    let event = EventID(name)
    if event == nil { call.refuse(.invalidEventID) }
    return event
  }

  /// The hold that a body names; nil if the call is answered.
  private func holdID(_ call: RequestContext) -> String? {
    guard let body = HoldIDBody(json: call.exchange.body) else {
      call.refuse(.invalidBody)
      return nil
    }
    if body.holdID == nil { call.refuse(.missingHoldID) }
    return body.holdID
  }

  /// A number of the query; nil if it is none, and the call is answered.
  private func number(
    _ call: RequestContext, _ name: String, default fallback: Int64, in range: ClosedRange<Int64>
  ) -> Int64? {
    switch call.exchange.queryValue(name) {
    case .missing: return fallback
    case .value(let text):
      if let number = Int64(text), range.contains(number) { return number }
      call.refuse(.invalidPage)
    case .malformed: call.refuse(.malformedQuery)
    }
    return nil
  }
}

/// The entity tags of maps of seats: a version in quotation marks.
///
/// Source: RFC 9110, sections 8.8.3 and 13.1.2.
enum EntityTag {
  /// The first version that an `If-None-Match` names; nil if it names none of ours.
  static func version(_ field: String?) -> Int64? {
    guard let field else { return nil }
    for tag in field.split(separator: ",") {
      let tag = tag.drop { $0 == " " || $0 == "\t" }
      let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
      let digits = opaque.drop { $0 == "\"" }.prefix { $0 != "\"" }
      if opaque.hasPrefix("\""), let version = Int64(digits), version > 0 { return version }
    }
    return nil
  }
}
