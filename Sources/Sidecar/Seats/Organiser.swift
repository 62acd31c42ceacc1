import HTTP
import Queue
import Seats

/// Who may say what seats and what stock an event has: whoever knows the admin token.
struct Organiser: Sendable {
  /// The longest list of seats, in bytes: the most seats with names of some 60 characters.
  static let bodyLimit = 8 << 20

  /// Nil: nobody may.
  let token: HiddenText?

  /// Why a request with this `Authorization` is refused; nil if it is not.
  func refusal(_ authorization: String?) -> Refusal? {
    guard let token else { return .noOrganiser }
    guard let authorization, let given = Self.bearer(authorization),
      Self.isSame(given, as: Array(token.text.utf8))
    else { return .unauthorized }
    return nil
  }

  /// What may follow a header block: a long list only from someone who may send one. It is refused
  /// before it is read.
  func bodyRuling(_ head: RequestHead) -> BodyRuling {
    guard EventPath(head.path) != nil else { return .upTo(HTTPServer.Configuration().bodyLimit) }
    guard head.method == .put else { return .refused(answer(.putOnly)) }
    if let refusal = refusal(head.authorization) { return .refused(answer(refusal)) }
    return .upTo(Self.bodyLimit)
  }

  private func answer(_ refusal: Refusal) -> Response {
    Answer.error(refusal, traceID: TraceID.random())
  }

  /// What follows `Bearer `, whose case does not matter.
  ///
  /// Source: RFC 6750, section 2.1; RFC 9110, section 11.1.
  private static func bearer(_ authorization: String) -> [UInt8]? {
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return Array(parts[1].drop { $0 == " " }.utf8)
  }

  /// The time it takes tells how long `given` is, and nothing about `expected`.
  private static func isSame(_ given: [UInt8], as expected: [UInt8]) -> Bool {
    var difference = UInt(bitPattern: given.count ^ expected.count)
    for (index, byte) in given.enumerated() {
      difference |= UInt(byte ^ expected[index % expected.count])
    }
    return difference == 0
  }
}

/// The part of the admin port that changes something:
///
/// | route | does |
/// |---|---|
/// | `PUT /api/v1/events/{event_id}/seats` | gives an event its seats |
/// | `PUT /api/v1/events/{event_id}/stock` | says how many of an item an event has |
///
/// Confined to the back office.
final class OrganiserRoutes {
  private let organiser: Organiser
  private let planner: SeatPlanner
  private let steward: Steward
  private let expiresInSeconds: Int64
  private let log: Log

  init(
    _ organiser: Organiser, planner: SeatPlanner, steward: Steward, eventTTL: Duration, log: Log
  ) {
    self.organiser = organiser
    self.planner = planner
    self.steward = steward
    expiresInSeconds = eventTTL.components.seconds
    self.log = log
  }

  /// Answers `exchange`, in a later turn if anything is to be done.
  func handle(_ exchange: Exchange, _ path: EventPath) {
    guard exchange.method == .put else { return refuse(exchange, .putOnly) }
    if let refusal = organiser.refusal(exchange.header("Authorization")) {
      return refuse(exchange, refusal)
    }
    guard let event = EventID(path.event) else { return refuse(exchange, .invalidEventID) }
    switch path.resource {
    case .seats: putSeats(exchange, event)
    case .stock: putStock(exchange, event)
    }
  }

  private func putSeats(_ exchange: Exchange, _ event: EventID) {
    guard let names = RequestBody.decode(SeatListBody.self, from: exchange.body)?.seats else {
      return refuse(exchange, .invalidBody)
    }
    guard names.count <= SeatPlanner.seatLimit else { return refuse(exchange, .tooManySeats) }
    let seats = names.compactMap { SeatID($0) }
    guard seats.count == names.count else { return refuse(exchange, .invalidSeatID) }
    // In the registry first: once there are seats, somebody must look after them.
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
            Answer.planned(report, at: event.text, expiresInSeconds: expiresInSeconds))
        case .success(.inUse(let seats)):
          let some = Array(seats.prefix(100))
          exchange.respond(
            Answer.refused(.seatsInUse, seats: some, traceID: TraceID.of(exchange.header)))
        case .success(.superseded): refuse(exchange, .superseded)
        case .failure(let error): refuse(exchange, .redis(error))
        }
      }
    }
  }

  private func putStock(_ exchange: Exchange, _ event: EventID) {
    guard let body = RequestBody.decode(SupplyBody.self, from: exchange.body) else {
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
            Answer.supplied(
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
    steward.register(event) { [self] result in
      switch result {
      case .success: body()
      case .failure(let error): refuse(exchange, .redis(error))
      }
    }
  }

  private func refuse(_ exchange: Exchange, _ refusal: Refusal) {
    exchange.respond(Answer.error(refusal, traceID: TraceID.of(exchange.header)))
  }
}
