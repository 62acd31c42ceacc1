import HTTP
import JSON
import Seats

/// What the data plane and the organiser are told about seats and stock.
extension Responses {
  static func held(_ status: Int, _ seats: HeldSeats) -> Response {
    json(status) { body in
      body.member("status", "held")
      body.member("hold_id", seats.id)
      body.member("expires_in_sec", seats.expiresInSeconds)
      body.member("remaining", seats.remaining)
    }
  }

  /// A refusal that names the seats it is about.
  static func refused(_ refusal: APIError, seats: [String], traceID: String) -> Response {
    json(refusal.status, headers: refusal.headers) { body in
      body.object("error") { error in
        error.member("code", refusal.code)
        error.member("message", refusal.message)
        error.member("trace_id", traceID)
      }
      body.member("seat_ids", seats)
    }
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

  /// A repeated take: an error for whoever counts, and the same number for whoever lost it.
  static func takenAlready(_ item: ItemID, _ taken: TakenItem, traceID: String) -> Response {
    json(409) { body in
      body.object("error") { error in
        error.member("code", "ALREADY_TAKEN")
        error.member("message", "this person has taken one already; the number is that one's")
        error.member("trace_id", traceID)
      }
      tell(item, taken, in: &body)
    }
  }

  private static func tell(_ item: ItemID, _ taken: TakenItem, in body: inout JSONWriter) {
    body.member("status", "taken")
    body.member("item", item.text)
    body.member("number", taken.number)
    body.member("remaining", taken.remaining)
  }

  /// A page of the map. Whoever asks again says which version they have, and gets it only if it has
  /// changed.
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
