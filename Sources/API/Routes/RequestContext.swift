import HTTP
import Logging
import Loop
import Redis

/// One request of the data plane under way, and what is to be noted when it is answered. Confined
/// to its front's thread.
package final class RequestContext {
  let exchange: Exchange
  let route: Route
  let began: Instant
  /// The shedder that admitted the request, to be told once when the response is handed over.
  var shedder: LoadShedder<RequestContext>?
  private let metrics: FrontMetrics
  private let log: Log

  /// Made up on first use: most answers need none.
  private(set) lazy var traceID = TraceID.of(exchange.header)

  init(_ exchange: Exchange, route: Route, metrics: FrontMetrics, log: Log) {
    self.exchange = exchange
    self.route = route
    self.metrics = metrics
    self.log = log
    began = .now
    metrics.inFlight.add(1)
  }

  /// Answers with what an operation brought; a refusal that tells more than its reason is one, too.
  func succeed<Operations: OutcomeCounting>(
    _ response: Response, _ operations: Operations, _ outcome: Operations.Outcome
  ) {
    operations.count(route, outcome)
    if response.status >= 400 { noteRefusal(response.status, "\(outcome)") }
    answer(response)
  }

  /// Answers that the request was not done, as the operation's outcome says.
  func refuse<Operations: OutcomeCounting>(
    _ error: APIError, _ operations: Operations, _ outcome: Operations.Outcome
  ) {
    operations.count(route, outcome)
    refuse(error)
  }

  /// Answers that the request was not done.
  func refuse(_ error: APIError, shed reason: ShedReason? = nil) {
    if let reason { metrics.refused(reason) }
    noteRefusal(error.status, error.code)
    answer(Responses.error(error, traceID: traceID))
  }

  /// Answers that Redis did not do it, and logs what went wrong.
  func fail<Operations: OutcomeCounting>(_ error: RedisError, _ operations: Operations) {
    operations.count(route, Operations.failure)
    if shedder?.isStopping == true { return refuse(.stopping, shed: .draining) }
    if error == .circuitOpen { metrics.refused(.breakerOpen) }
    log.debug(
      "the operation failed",
      ["operation": .text(route.rawValue), "error": .text("\(error)"), "trace_id": .text(traceID)])
    answer(Responses.error(.redis(error), traceID: traceID))
  }

  private func noteRefusal(_ status: Int, _ reason: @autoclosure () -> String) {
    log.noteRefusal("operation", route.rawValue, status, reason(), traceID: traceID)
  }

  private func answer(_ response: Response) {
    metrics.inFlight.add(-1)
    metrics.answered(
      route, method: exchange.method, code: response.status, seconds: (.now - began).seconds)
    shedder?.finished()
    exchange.respond(response)
  }
}
