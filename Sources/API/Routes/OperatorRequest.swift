import HTTP
import Logging
import Queue
import Redis

/// One request under way of a caller who may send it, and what is to be noted when it is answered.
/// Confined to the back office.
package struct OperatorRequest {
  let exchange: Exchange
  let path: EventPath
  /// Who sends it.
  let author: Author
  /// What it is to change; nil if it only reads.
  let action: OperatorMetrics.Action?
  let metrics: OperatorMetrics
  let log: Log

  init(
    _ exchange: Exchange, _ path: EventPath, by caller: AdminAuthorization.Caller,
    _ metrics: OperatorMetrics, _ log: Log
  ) {
    self.exchange = exchange
    self.path = path
    self.metrics = metrics
    self.log = log
    author = Author(name: caller.name, traceID: TraceID.of(exchange.header))
    action = path.resource.action(exchange.method)
  }

  /// Answers that it was done.
  func succeed(_ response: Response) {
    if let action { metrics.count(action, .done) }
    exchange.respond(response)
  }

  /// Answers that it was not done.
  func refuse(_ error: APIError) {
    refuse(error) { Responses.error(error, traceID: $0) }
  }

  /// Answers that it was not done, with what there is to tell beside the reason.
  ///
  /// - Parameter response: Is given the trace id.
  func refuse(_ error: APIError, _ response: (String) -> Response) {
    if let action { metrics.count(action, .refused) }
    log.noteRefusal(
      "path", exchange.path, error.status, error.code, traceID: author.traceID)
    exchange.respond(response(author.traceID))
  }

  /// Answers that Redis did not do it.
  func fail(_ error: RedisError) {
    if let action { metrics.count(action, .failed) }
    let error = APIError.redis(error)
    log.noteRefusal(
      "path", exchange.path, error.status, error.code, traceID: author.traceID)
    exchange.respond(Responses.error(error, traceID: author.traceID))
  }

  /// Logs what was done: `message` says it; what was so before, and what is so now.
  func note(_ message: String, of event: EventID, before: String, after: String) {
    log.info(
      message,
      [
        "event_id": .text(event.text), "who": .text(author.name), "before": .text(before),
        "after": .text(after), "trace_id": .text(author.traceID),
      ])
  }

  /// A whole number of the query; nil once it is refused because it is none, or out of range.
  func number(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int? {
    switch exchange.queryValue(name) {
    case .missing: return fallback
    case .value(let text):
      if let number = Int(text), range.contains(number) { return number }
    case .malformed: break
    }
    refuse(.invalidNumber(name, range))
    return nil
  }
}

extension EventPath.Resource {
  /// What a request of that method changes; nil for one that reads.
  fileprivate func action(_ method: Method) -> OperatorMetrics.Action? {
    switch self {
    case .event where method == .delete: .delete
    case .event: method.changes ? .set : nil
    case .seats: .seats
    case .stock: .stock
    case .reset: .reset
    case .admit: .admit
    case .remove: .remove
    case .list, .people, .person, .audit: nil
    }
  }
}
