import HTTP
import Logging
import Queue
import Seats

/// The part of the admin port that only an operator with the admin token may use:
///
/// | route | does |
/// |---|---|
/// | `PUT /api/v1/events/{event_id}/seats` | gives an event its seats |
/// | `PUT /api/v1/events/{event_id}/stock` | says how many of an item an event has |
///
/// and those of ``EventRoutes``.
///
/// Confined to the back office.
package final class OperatorRoutes {
  private let authorization: AdminAuthorization
  private let events: EventRoutes
  private let planner: SeatPlanner
  private let maintenance: SeatMaintenance
  private let expiresInSeconds: Int64
  private let log: Log

  /// Routes for operators whom `authorization` lets in.
  package init(
    _ authorization: AdminAuthorization, events: EventRoutes, planner: SeatPlanner,
    maintenance: SeatMaintenance, eventTTL: Duration, log: Log
  ) {
    self.authorization = authorization
    self.events = events
    self.planner = planner
    self.maintenance = maintenance
    expiresInSeconds = eventTTL.components.seconds
    self.log = log
  }

  /// Answers `exchange`, in a later turn if Redis is to be asked.
  package func handle(_ exchange: Exchange, _ path: EventPath) {
    guard path.resource.methods.contains(exchange.method) else {
      return refuse(exchange, .methodNotAllowed(path.resource))
    }
    if let error = authorization.error(for: exchange.header("Authorization")) {
      return refuse(exchange, error)
    }
    guard let event = EventID(path.event) else { return refuse(exchange, .invalidEventID) }
    switch path.resource {
    case .event: events.handle(exchange, event)
    case .seats: putSeats(exchange, event)
    case .stock: putStock(exchange, event)
    }
  }

  private func putSeats(_ exchange: Exchange, _ event: EventID) {
    guard let names = SeatListBody(json: exchange.body)?.seats else {
      return refuse(exchange, .invalidBody)
    }
    guard names.count <= SeatPlanner.seatLimit else { return refuse(exchange, .tooManySeats) }
    let seats = names.compactMap { SeatID($0) }
    guard seats.count == names.count else { return refuse(exchange, .invalidSeatID) }
    // In the registry first: once there are seats, their holds must be ended in time.
    register(exchange, event) { [self] in
      planner.put(seats, at: event) { [self] result in
        switch result {
        case .success(.done(let report)):
          log.info(
            "the seats of an event were put in place",
            [
              "event_id": .text(event.text), "seats": .integer(report.counts.total),
              "added": .integer(report.added), "removed": .integer(report.removed),
            ])
          exchange.respond(
            Responses.planned(report, at: event.text, expiresInSeconds: expiresInSeconds))
        case .success(.inUse(let seats)):
          let some = Array(seats.prefix(100))
          let traceID = exchange.noteRefusal(.seatsInUse, log)
          exchange.respond(Responses.error(.seatsInUse, seats: some, traceID: traceID))
        case .success(.superseded): refuse(exchange, .superseded)
        case .failure(let error): refuse(exchange, .redis(error))
        }
      }
    }
  }

  private func putStock(_ exchange: Exchange, _ event: EventID) {
    guard let body = SupplyBody(json: exchange.body) else {
      return refuse(exchange, .invalidBody)
    }
    guard let name = body.item else { return refuse(exchange, .missingItem) }
    guard let item = ItemID(name) else { return refuse(exchange, .invalidItem) }
    guard let total = body.total, (0...1_000_000_000).contains(total) else {
      return refuse(exchange, .invalidSupply)
    }
    register(exchange, event) { [self] in
      planner.supply(item, total: total, at: event) { [self] result in
        switch result {
        case .success(.done(let total, let taken)):
          exchange.respond(
            Responses.supplied(
              item, at: event.text, total: total, taken: taken, expiresInSeconds: expiresInSeconds)
          )
        case .success(.belowTaken): refuse(exchange, .belowTaken)
        case .success(.tooManyItems): refuse(exchange, .tooManyItems)
        case .failure(let error): refuse(exchange, .redis(error))
        }
      }
    }
  }

  private func register(_ exchange: Exchange, _ event: EventID, _ body: @escaping () -> Void) {
    maintenance.register(event) { [self] result in
      switch result {
      case .success: body()
      case .failure(let error): refuse(exchange, .redis(error))
      }
    }
  }

  private func refuse(_ exchange: Exchange, _ error: APIError) { exchange.refuse(error, log) }
}
