import HTTP
import JSON
import Seats

/// What clients and operators are told about seats and stock.
extension Responses {
  static func held(_ status: Int, _ seats: HeldSeats) -> Response {
    json(status) { body in
      body.member("status", "held")
      body.member("hold_id", seats.id)
      body.member("expires_in_sec", seats.expiresInSeconds)
      body.member("remaining", seats.remaining)
    }
  }

  /// An error that names the seats it is about.
  static func error(_ error: APIError, seats: [String], traceID: String) -> Response {
    Self.error(error, traceID: traceID) { $0.member("seat_ids", seats) }
  }

  static func released() -> Response {
    json(200) { $0.member("status", "released") }
  }

  static func confirmed(_ seats: [String]) -> Response {
    json(200) { body in
      body.member("status", "confirmed")
      body.member("seat_ids", seats)
    }
  }

  static func taken(_ item: ItemID, _ taken: TakenItem) -> Response {
    json(201) { tell(item, taken, in: &$0) }
  }

  /// A repeated take: an error for a gateway that counts takes, and the same number for a client
  /// that lost it.
  static func takenAlready(_ item: ItemID, _ taken: TakenItem, traceID: String) -> Response {
    error(.alreadyTaken, traceID: traceID) { tell(item, taken, in: &$0) }
  }

  private static func tell(_ item: ItemID, _ taken: TakenItem, in body: inout JSONWriter) {
    body.member("status", "taken")
    body.member("item", item.text)
    body.member("number", taken.number)
    body.member("remaining", taken.remaining)
  }

  /// A page of the map. A client that asks again says which version it has, and gets the page only
  /// if it has changed.
  static func seats(_ page: SeatPage, of event: String) -> Response {
    let bytes =
      page.body
      ?? JSONWriter.object { body in
        body.member("event_id", event)
        tell(page.counts, in: &body)
        body.member("sold_out", page.counts.available == 0 && page.counts.held == 0)
        body.objects("seats", page.seats) { seat, entry in
          entry.member("id", seat.id)
          entry.member("state", seat.state.rawValue)
        }
        if let next = page.next { body.member("next", next) }
      }
    page.body = bytes
    return Response(
      status: 200,
      headers: [("Content-Type", "application/json")] + headers(version: page.version), body: bytes)
  }

  /// It is as the client knows it.
  static func unchanged(version: Int64) -> Response {
    Response(status: 304, headers: headers(version: version))
  }

  private static func headers(version: Int64) -> [(name: String, value: String)] {
    // It may be kept, but not told again without asking.
    [("Cache-Control", "no-cache"), ("ETag", "\"\(version)\"")]
  }

  private static func tell(_ counts: SeatCounts, in body: inout JSONWriter) {
    body.member("total", counts.total)
    body.member("available", counts.available)
    body.member("held", counts.held)
    body.member("sold", counts.sold)
  }

  static func planned(
    _ report: SeatPlanReport, at event: String, expiresInSeconds: Int64
  ) -> Response {
    json(200) { body in
      body.member("event_id", event)
      tell(report.counts, in: &body)
      body.member("added", report.added)
      body.member("removed", report.removed)
      body.member("expires_in_sec", expiresInSeconds)
    }
  }

  static func supplied(
    _ item: ItemID, at event: String, total: Int, taken: Int, expiresInSeconds: Int64
  ) -> Response {
    json(200) { body in
      body.member("event_id", event)
      body.member("item", item.text)
      body.member("total", total)
      body.member("taken", taken)
      body.member("remaining", total - taken)
      body.member("expires_in_sec", expiresInSeconds)
    }
  }
}
