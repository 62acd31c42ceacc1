import HTTP
import Logging

/// Requests of the admin port that are not done.
extension Exchange {
  /// Answers that the request was not done, and logs it.
  func refuse(_ error: APIError, _ log: Log) {
    respond(Responses.error(error, traceID: noteRefusal(error, log)))
  }

  /// Returns the trace id under which the refusal is logged.
  func noteRefusal(_ error: APIError, _ log: Log) -> String {
    let traceID = TraceID.of(header)
    log.debug(
      "a request was refused",
      [
        "path": .text(path), "status": .integer(error.status), "reason": .text(error.code),
        "trace_id": .text(traceID),
      ])
    return traceID
  }
}
