import HTTP
import Logging
import Queue
import Seats

/// The part of the admin port that only those may use who show a token:
///
/// | route | does |
/// |---|---|
/// | `PUT /api/v1/events/{event_id}/seats` | gives an event its seats |
/// | `PUT /api/v1/events/{event_id}/stock` | says how many of an item an event has |
///
/// and those of ``EventRoutes`` and ``PeopleRoutes``.
///
/// Confined to the back office.
package final class OperatorRoutes {
  private let authorization: AdminAuthorization
  private let events: EventRoutes
  private let people: PeopleRoutes
  private let planner: SeatPlanner
  private let maintenance: SeatMaintenance
  private let expiresInSeconds: Int64
  private let metrics: OperatorMetrics
  private let log: Log

  /// Routes for those whom `authorization` lets in.
  package init(
    _ authorization: AdminAuthorization, events: EventRoutes, people: PeopleRoutes,
    planner: SeatPlanner, maintenance: SeatMaintenance, eventTTL: Duration,
    metrics: OperatorMetrics, log: Log
  ) {
    self.authorization = authorization
    self.events = events
    self.people = people
    self.planner = planner
    self.maintenance = maintenance
    expiresInSeconds = eventTTL.components.seconds
    self.metrics = metrics
    self.log = log
  }

  /// Answers `exchange`, in a later turn if Redis is to be asked.
  package func handle(_ exchange: Exchange, _ path: EventPath) {
    guard path.resource.methods.contains(exchange.method) else {
      return exchange.refuse(.methodNotAllowed(path.resource), log)
    }
    let authorized = authorization.caller(
      exchange.header("Authorization"), from: exchange.client, changes: exchange.method.changes)
    switch authorized {
    case .success(let caller):
      handle(OperatorRequest(exchange, path, by: caller, metrics, log))
    case .failure(let error): exchange.refuse(error, log)
    }
  }

  private func handle(_ request: OperatorRequest) {
    if request.path.resource == .list { return events.list(request) }
    guard let event = EventID(request.path.event) else { return request.refuse(.invalidEventID) }
    switch (request.path.resource, request.exchange.method) {
    case (.event, .delete): events.delete(event, request)
    case (.event, .put), (.event, .patch): events.set(event, request)
    case (.event, _): events.tell(event, request)
    case (.reset, _): events.reset(event, request)
    case (.seats, _): putSeats(event, request)
    case (.stock, _): putStock(event, request)
    case (.people, _): people.head(event, request)
    case (.person(let name), _): people.tell(name, event, request)
    case (.admit(let name), _): people.admit(name, event, request)
    case (.remove(let name), _): people.remove(name, event, request)
    case (.audit, _): people.audit(event, request)
    case (.list, _): events.list(request)
    }
  }

  private func putSeats(_ event: EventID, _ request: OperatorRequest) {
    guard let names = SeatListBody(json: request.exchange.body)?.seats else {
      return request.refuse(.invalidBody)
    }
    guard names.count <= SeatPlanner.seatLimit else { return request.refuse(.tooManySeats) }
    let seats = names.compactMap { SeatID($0) }
    guard seats.count == names.count else { return request.refuse(.invalidSeatID) }
    // In the registry first: once there are seats, their holds must be ended in time.
    register(event, request) { [self] in
      planner.put(seats, at: event) { [self] result in
        switch result {
        case .success(.done(let report)):
          log.info(
            "the seats of an event were put in place",
            [
              "event_id": .text(event.text), "who": .text(request.author.name),
              "seats": .integer(report.counts.total), "added": .integer(report.added),
              "removed": .integer(report.removed), "trace_id": .text(request.author.traceID),
            ])
          request.succeed(
            Responses.planned(report, at: event.text, expiresInSeconds: expiresInSeconds))
        case .success(.inUse(let seats)):
          let some = Array(seats.prefix(100))
          request.refuse(.seatsInUse) { Responses.error(.seatsInUse, seats: some, traceID: $0) }
        case .success(.superseded): request.refuse(.superseded)
        case .failure(let error): request.fail(error)
        }
      }
    }
  }

  private func putStock(_ event: EventID, _ request: OperatorRequest) {
    guard let body = SupplyBody(json: request.exchange.body) else {
      return request.refuse(.invalidBody)
    }
    guard let name = body.item else { return request.refuse(.missingItem) }
    guard let item = ItemID(name) else { return request.refuse(.invalidItem) }
    guard let total = body.total, (0...1_000_000_000).contains(total) else {
      return request.refuse(.invalidSupply)
    }
    register(event, request) { [self] in
      planner.supply(item, total: total, at: event) { [self] result in
        switch result {
        case .success(.done(let total, let taken)):
          log.info(
            "the stock of an item was set",
            [
              "event_id": .text(event.text), "who": .text(request.author.name),
              "item": .text(item.text), "total": .integer(Int(total)),
              "trace_id": .text(request.author.traceID),
            ])
          request.succeed(
            Responses.supplied(
              item, at: event.text, total: total, taken: taken, expiresInSeconds: expiresInSeconds)
          )
        case .success(.belowTaken): request.refuse(.belowTaken)
        case .success(.tooManyItems): request.refuse(.tooManyItems)
        case .failure(let error): request.fail(error)
        }
      }
    }
  }

  private func register(
    _ event: EventID, _ request: OperatorRequest, _ body: @escaping () -> Void
  ) {
    maintenance.register(event) { result in
      switch result {
      case .success: body()
      case .failure(let error): request.fail(error)
      }
    }
  }
}
