import HTTP
import JSON
import Logging
import Loop
import Queue
import Redis

/// The data plane's responses: the bodies that clients rely on, all in one place.
package enum Responses {
  /// A response with a JSON object for a body. Nothing here may be cached: a place in line is true
  /// only now.
  static func json(
    _ status: Int, headers: [(name: String, value: String)] = [],
    _ members: (inout JSONWriter) -> Void
  ) -> Response {
    Response(
      status: status, headers: headers.isEmpty ? common : common + headers,
      body: JSONWriter.object(members))
  }

  private static let common: [(name: String, value: String)] = [
    ("Content-Type", "application/json"), ("Cache-Control", "no-store"),
  ]

  /// `{"error":{"code","message","trace_id"}}`, and what else there is to tell.
  package static func error(
    _ error: APIError, traceID: String, headers: [(name: String, value: String)] = [],
    beside members: (inout JSONWriter) -> Void = { _ in }
  ) -> Response {
    json(error.status, headers: headers + error.headers) { body in
      body.object("error") { members in
        members.member("code", error.code)
        members.member("message", error.message)
        members.member("trace_id", traceID)
      }
      members(&body)
    }
  }

  /// The response to a request that never gets to a route. That is noted here: there is no
  /// ``RequestContext``.
  package static func refused(
    _ request: FailedRequest, _ metrics: FrontMetrics, _ log: Log
  ) -> Response {
    metrics.answered(
      .unmatched, method: request.method, code: request.error.status, seconds: 0)
    return refused(request, port: "data", log)
  }

  /// The response to such a request of the port that is called so, logged.
  package static func refused(
    _ request: FailedRequest, port: String, _ log: Log
  ) -> Response {
    let error = APIError.http(request.error)
    let traceID = TraceID.of(request.header)
    log.debug(
      "a request was refused before it was routed",
      [
        "status": .integer(error.status), "reason": .text(error.code),
        "message": .text(error.message), "port": .text(port), "trace_id": .text(traceID),
      ])
    return Self.error(error, traceID: traceID)
  }

  /// Logs what libmicrohttpd refused by itself, at the data port or the admin port. The request has no
  /// trace id that is known.
  package static func noteRefusal(byLibrary code: Int, port: String, _ log: Log) {
    log.debug(
      "a request was refused before its header block was read",
      ["status": .integer(code), "port": .text(port)])
  }

  static func place(_ status: Int, _ place: Place) -> Response {
    json(status) { tell(place, in: &$0) }
  }

  private static func tell(_ place: Place, in body: inout JSONWriter) {
    body.member("waiting_token", place.token)
    body.member("position_hint", place.position)
    tell(enterWithin: place.enterWithinSeconds, in: &body)
    tell(place.eta, in: &body)
    body.member("poll_after_sec", place.pollAfterSeconds)
    tell(place.door, in: &body)
  }

  /// What the event's door does, and until it opens, when it does.
  private static func tell(_ door: Door, in body: inout JSONWriter) {
    body.member("event_state", door.state.rawValue)
    if let opensAt = door.opensAt { body.member("opens_at", opensAt.description) }
  }

  /// How long it is until the call, or why no one knows.
  private static func tell(_ eta: ETA, in body: inout JSONWriter) {
    body.member("eta_sec", eta.seconds)
    body.member("eta_low", eta.low)
    body.member("eta_high", eta.high)
    if let reason = eta.reason { body.member("eta_reason", reason.rawValue) }
  }

  /// Whether a person is called, and for how long.
  private static func tell(enterWithin seconds: Int?, in body: inout JSONWriter) {
    body.member("status", seconds == nil ? "waiting" : "ready")
    if let seconds { body.member("enter_within_sec", seconds) }
  }

  /// A repeated join: an error for a gateway that counts joins, and the same place for a client
  /// that lost it.
  static func duplicate(_ place: Place, traceID: String) -> Response {
    error(.duplicateRequest, traceID: traceID) { tell(place, in: &$0) }
  }

  /// A join that comes before people may join.
  static func upcoming(
    joinsAt: WallTime, seconds: Int, _ door: Door, traceID: String
  ) -> Response {
    error(.queueNotOpen(joinsAt: joinsAt, seconds: seconds), traceID: traceID) { body in
      body.member("prequeue_at", joinsAt.description)
      tell(door, in: &body)
    }
  }

  static func standing(_ standing: Standing) -> Response {
    json(200) { body in
      tell(enterWithin: standing.enterWithinSeconds, in: &body)
      body.member("position", standing.position)
      tell(standing.eta, in: &body)
      body.member("waiting_time", standing.waitedSeconds)
      body.member("ready_for_entry", standing.isReady)
      body.member("poll_after_sec", standing.pollAfterSeconds)
      body.member("queue_length", standing.queueLength)
      tell(standing.door, in: &body)
      if standing.isSoldOut { body.member("sold_out", true) }
      if let token = standing.renewedToken { body.member("waiting_token", token) }
    }
  }

  static func granted(_ admission: Admission) -> Response {
    json(200) { body in
      body.member("admission", "granted")
      tell(admission, in: &body)
    }
  }

  private static func tell(_ admission: Admission, in body: inout JSONWriter) {
    body.member("reservation_token", admission.token)
    body.member("ttl_sec", admission.ttlSeconds)
  }

  /// A join by a person who is inside: the token that lets them in.
  static func inside(_ admission: Admission, traceID: String) -> Response {
    error(.alreadyInside, traceID: traceID) { tell(admission, in: &$0) }
  }

  /// A token that waits no longer, and for how long its bearer is inside yet.
  static func gone(_ gone: Gone, traceID: String) -> Response {
    error(.gone(gone), traceID: traceID) { body in
      if case .alreadyAdmitted(let seconds) = gone {
        body.member("inside", seconds != nil)
        if let seconds { body.member("expires_in_sec", seconds) }
      }
    }
  }

  /// An enter that is refused because the person is not called, or the event is paused.
  static func denied(_ reason: APIError, _ standing: Standing, traceID: String) -> Response {
    var error = reason
    error.retryAfter = standing.pollAfterSeconds
    return Self.error(error, traceID: traceID) { body in
      body.member("admission", "denied")
      tell(enterWithin: standing.enterWithinSeconds, in: &body)
      body.member("position", standing.position)
      tell(standing.eta, in: &body)
      body.member("poll_after_sec", standing.pollAfterSeconds)
      tell(standing.door, in: &body)
    }
  }

  static func left() -> Response {
    json(200) { $0.member("status", "left") }
  }

  static func session(_ status: Int, _ session: LiveSession) -> Response {
    json(status) { tell(session, in: &$0) }
  }

  private static func tell(_ session: LiveSession, in body: inout JSONWriter) {
    body.member("session_token", session.token)
    body.member("expires_in_sec", session.expiresInSeconds)
  }

  /// A join by a person who is inside by a session: the session, which is the same as before.
  static func inSession(_ session: LiveSession, traceID: String) -> Response {
    error(.alreadyInside, traceID: traceID) { tell(session, in: &$0) }
  }

  static func sessionEnded() -> Response {
    json(200) { $0.member("status", "ended") }
  }

  static func valid(_ pass: Pass, expiresInSeconds: Int) -> Response {
    json(200) { body in
      body.member("valid", true)
      body.member("event_id", pass.event.text)
      body.member("user_id", pass.user.text)
      body.member("admitted_at", WallTime(milliseconds: pass.admittedAt / 1000).description)
      body.member("expires_in_sec", expiresInSeconds)
    }
  }

  static func invalid(_ reason: VerifyOutcome.Reason, traceID: String) -> Response {
    error(.notInside, traceID: traceID) { body in
      body.member("valid", false)
      body.member("reason", reason.rawValue)
    }
  }
}
