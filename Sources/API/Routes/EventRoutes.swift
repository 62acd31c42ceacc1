import HTTP
import Logging
import Queue

/// What an operator says of one event, and is told:
///
/// | route | does |
/// |---|---|
/// | `GET /api/v1/events/{event_id}` | tells an event's settings, and how it stands |
/// | `PATCH /api/v1/events/{event_id}` | changes its settings |
///
/// Confined to the back office. Callers have been authorized.
package final class EventRoutes {
  private let store: SettingsStore
  private let log: Log

  /// Routes that read and change what is in `store`.
  package init(_ store: SettingsStore, log: Log) {
    self.store = store
    self.log = log
  }

  /// Answers `exchange` in a later turn.
  func handle(_ exchange: Exchange, _ event: EventID) {
    if exchange.method == .patch {
      change(exchange, event)
    } else {
      tell(exchange, event)
    }
  }

  private func tell(_ exchange: Exchange, _ event: EventID) {
    store.read(event) { [log] result in
      switch result {
      case .success(let reading) where reading.isKnown:
        exchange.respond(Responses.event(event, reading))
      case .success: exchange.refuse(.eventNotFound, log)
      case .failure(let error): exchange.refuse(.redis(error), log)
      }
    }
  }

  private func change(_ exchange: Exchange, _ event: EventID) {
    let patch: SettingsPatch
    switch SettingsBody.patch(json: exchange.body) {
    case .success(let read): patch = read
    case .failure(let fault): return exchange.refuse(.settings(fault), log)
    }
    let condition = EntityTag.condition(exchange.header("If-Match"))
    let traceID = TraceID.of(exchange.header)
    store.change(event, patch, if: condition, by: (Self.operatorName, traceID)) { [self] result in
      switch result {
      case .success(.changed(let before, let after)):
        log.info(
          "the settings of an event were changed",
          [
            "event_id": .text(event.text), "who": .text(Self.operatorName),
            "before": .text("\(before.settings)"), "after": .text("\(after.settings)"),
            "version": .integer(Int(after.version)), "trace_id": .text(traceID),
          ])
        tell(exchange, event)
      case .success(.stale(let version)):
        let traceID = exchange.noteRefusal(.staleSettings(version), log)
        exchange.respond(Responses.stale(version: version, traceID: traceID))
      case .success(.rebuilding): exchange.refuse(.rebuilding, log)
      case .success(.disordered): exchange.refuse(.disorderedTimes, log)
      case .failure(let error): exchange.refuse(.redis(error), log)
      }
    }
  }

  /// Who shows the one admin token.
  private static let operatorName = "operator"
}

@available(*, unavailable, message: "EventRoutes belong to the back office's thread")
extension EventRoutes: Sendable {}
