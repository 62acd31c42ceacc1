import HTTP
import Logging

extension Exchange {
  /// Answers an operator that the request was not done, and logs it.
  func refuse(_ error: APIError, _ log: Log) {
    respond(Responses.error(error, traceID: noteRefusal(error, log)))
  }

  /// Logs a refusal, and returns the trace id under which it does.
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
