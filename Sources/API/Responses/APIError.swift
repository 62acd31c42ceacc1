import HTTP
import Loop
import Queue
import Redis

/// Why a request was not done: a status, a code that clients compare, and a sentence for a person.
package struct APIError: Error, Equatable {
  /// The HTTP status.
  let status: Int
  let code: String
  let message: String
  /// Seconds after which trying again makes sense.
  var retryAfter: Int?
  /// The methods that the path takes, for a wrong method.
  var allow: String?
  /// The authentication scheme, for a caller that has not authenticated.
  var challenge: String?

  /// `Retry-After`, `Allow` and `WWW-Authenticate`, where they apply.
  var headers: [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    if let retryAfter { headers.append(("Retry-After", String(retryAfter))) }
    if let allow { headers.append(("Allow", allow)) }
    if let challenge { headers.append(("WWW-Authenticate", challenge)) }
    return headers
  }

  static let invalidBody = APIError(
    status: 400, code: "INVALID_REQUEST",
    message: "the body must be one JSON object with the fields that the API describes")
  static let missingEventID = APIError(
    status: 400, code: "MISSING_EVENT_ID", message: "the body has no event_id")
  static let invalidEventID = APIError(
    status: 400, code: "INVALID_EVENT_ID",
    message: "event_id must be 1 to 64 of A-Z a-z 0-9 _ . -")
  static let invalidUserID = APIError(
    status: 400, code: "INVALID_USER_ID",
    message: "user_id must be 1 to 128 bytes of UTF-8 without control characters")
  static let reservedUserID = APIError(
    status: 400, code: "INVALID_USER_ID",
    message: """
      user_id must not begin with \(UserID.anonymousPrefix), which is reserved for people who join \
      without one
      """)
  static let invalidIdempotencyKey = APIError(
    status: 400, code: "INVALID_REQUEST",
    message: "Idempotency-Key must be 1 to 255 visible ASCII characters")
  static let missingToken = APIError(
    status: 400, code: "MISSING_TOKEN", message: "the request has no token")
  static let malformedQuery = APIError(
    status: 400, code: "INVALID_REQUEST",
    message: "the query must be percent-encoded UTF-8 and name each parameter once")
  static let queueClosed = APIError(
    status: 403, code: "QUEUE_CLOSED", message: "this event takes nobody any more")
  /// People may join from `joinsAt` on, which is in so many seconds.
  static func queueNotOpen(joinsAt: WallTime, seconds: Int) -> APIError {
    APIError(
      status: 403, code: "QUEUE_NOT_OPEN",
      message: "people can join this event from \(joinsAt) on; nothing was changed, try again then",
      retryAfter: seconds)
  }
  static let queueFull = APIError(
    status: 503, code: "QUEUE_FULL", message: "as many people wait as may; try again later",
    retryAfter: 30)
  static let unknownEvent = APIError(
    status: 404, code: "EVENT_NOT_FOUND",
    message: "there is no such event; operators create them, by settings, seats or stock")
  static let tooManyEvents = APIError(
    status: 503, code: "TOO_MANY_EVENTS",
    message: "there are as many events as may be, and joining this one would create one more; "
      + "an operator can create it, or raise --max-events",
    retryAfter: 30)
  static let duplicateRequest = APIError(
    status: 409, code: "DUPLICATE_REQUEST",
    message: "this person is waiting already; the token is the one given before")
  static let notReady = APIError(
    status: 403, code: "NOT_READY",
    message: "it is not this person's turn yet; poll the status and enter when ready")
  static let paused = APIError(
    status: 403, code: "PAUSED",
    message: "this person is called, but the event is paused; what is left of the call runs on at "
      + "its end",
    retryAfter: 10)
  static let alreadyInside = APIError(
    status: 409, code: "ALREADY_INSIDE",
    message: "this person is inside already; the token is the one given before")
  /// What decides about the door says no with a status, for callers that read no body.
  static let notInside = APIError(
    status: 403, code: "NOT_INSIDE",
    message: "this token lets its bearer in no more, or never did; send the person to the line")
  static let routeNotFound = APIError(
    status: 404, code: "NOT_FOUND", message: "there is nothing at this path")
  static let rateLimited = APIError(
    status: 429, code: "RATE_LIMITED", message: "too many requests at once; try again in a second",
    retryAfter: 1)
  static let overloaded = APIError(
    status: 503, code: "OVERLOADED", message: "too much is being worked on; try again in a second",
    retryAfter: 1)
  static let starting = APIError(
    status: 503, code: "REDIS_UNAVAILABLE",
    message: "the token secret is not known yet because Redis has not answered; try again shortly",
    retryAfter: 1)

  static let stopping = APIError(
    status: 503, code: "REDIS_UNAVAILABLE",
    message: "Redis did not answer before this sidecar had to stop; repeating the request is safe",
    retryAfter: 1)

  /// The route takes another method.
  static func methodNotAllowed(_ route: Route) -> APIError {
    let names = route.methods.map { "\($0)" }
    return APIError(
      status: 405, code: "METHOD_NOT_ALLOWED",
      message: "this path takes \(names.joined(separator: " and ")) only",
      allow: names.joined(separator: ", "))
  }

  /// An operator keeps the person out for so long.
  static func keptOut(seconds: Int) -> APIError {
    APIError(
      status: 403, code: "BLOCKED",
      message: "an operator keeps this person out of the line for a time", retryAfter: seconds)
  }

  /// The token's place in line is gone.
  static func gone(_ gone: Gone) -> APIError {
    switch gone {
    case .notFound:
      APIError(status: 404, code: "TOKEN_NOT_FOUND", message: "this is not a waiting token of ours")
    case .alreadyAdmitted:
      APIError(
        status: 404, code: "ALREADY_ADMITTED",
        message: "the bearer of this token was let in already")
    case .alreadyLeft:
      APIError(status: 404, code: "ALREADY_LEFT", message: "the bearer of this token left the line")
    case .removed:
      APIError(
        status: 404, code: "REMOVED",
        message: "an operator has removed the bearer of this token from the line")
    case .expired:
      APIError(
        status: 404, code: "TOKEN_EXPIRED",
        message: "this token is too old to hold a place; join again")
    }
  }

  /// Redis did not do it. What went wrong in detail is for the log, not for the client.
  static func redis(_ error: RedisError) -> APIError {
    let message =
      switch error {
      case .server:
        error.mayHaveHappened
          ? "Redis could not do it at the moment; repeating the request is safe"
          : "Redis does not do it at the moment; nothing was changed"
      case .protocolViolation:
        "Redis did not answer as Redis does; repeating the request is safe"
      case .timeout, .connectionLost:
        "Redis did not answer in time; repeating the request is safe"
      case .unavailable, .poolExhausted, .circuitOpen:
        "Redis cannot be reached at the moment; nothing was changed"
      }
    // An open breaker closes as soon as Redis is back, but not before the next few have failed.
    let retryAfter = error == .circuitOpen ? 2 : 1
    return APIError(
      status: 503, code: "REDIS_UNAVAILABLE", message: message, retryAfter: retryAfter)
  }

  /// What is refused before there is a request to route.
  package static func http(_ error: RequestError) -> APIError {
    let code =
      switch error {
      case .malformed: "INVALID_REQUEST"
      case .lengthRequired: "LENGTH_REQUIRED"
      case .bodyTooLong: "BODY_TOO_LARGE"
      case .unanswered: "INTERNAL_ERROR"
      }
    return APIError(status: error.status, code: code, message: error.reason)
  }
}
