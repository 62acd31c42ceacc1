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
    log.noteRefusal("path", path, error.status, error.code, traceID: traceID)
    return traceID
  }
}
