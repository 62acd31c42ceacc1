import HTTP
import Logging
import Queue
import Redis

/// What an operator says of events, and is told:
///
/// | route | does |
/// |---|---|
/// | `GET /api/v1/events` | lists events |
/// | `GET /api/v1/events/{event_id}` | tells an event's settings, and how it stands |
/// | `PUT`, `PATCH /api/v1/events/{event_id}` | replaces, or changes, its settings |
/// | `DELETE /api/v1/events/{event_id}` | removes its people, and its settings |
/// | `POST /api/v1/events/{event_id}/reset` | removes its people |
///
/// Confined to the back office. Callers have been authorized.
package final class EventRoutes {
  /// The most events in one answer.
  static let pageLimit = 100

  private let store: SettingsStore
  private let directory: EventDirectory
  private let steering: Steering

  /// Routes that read and change what is in `store`.
  ///
  /// - Parameters:
  ///   - directory: Names the events.
  ///   - steering: Removes people.
  package init(_ store: SettingsStore, directory: EventDirectory, steering: Steering) {
    self.store = store
    self.directory = directory
    self.steering = steering
  }

  // MARK: Telling

  /// Answers with the events behind the one that `after` names, by name.
  func list(_ request: OperatorRequest) {
    guard let limit = request.number("limit", default: 50, in: 1...Self.pageLimit) else { return }
    var after = ""
    switch request.exchange.queryValue("after") {
    case .missing: break
    case .value(let text) where EventID(text) != nil: after = text
    case .value, .malformed: return request.refuse(.invalidEventID)
    }
    directory.names { [self] result in
      switch result {
      case .success(let names):
        let rest = names.filter { $0.text > after }
        let page = Array(rest.prefix(limit))
        tell(page, next: rest.count > limit ? page.last : nil, request)
      case .failure(let error): request.fail(error)
      }
    }
  }

  /// All are asked for at once.
  private func tell(_ page: [EventID], next: EventID?, _ request: OperatorRequest) {
    var readings: [EventID: SettingsStore.Reading] = [:]
    var failure: RedisError?
    var left = page.count
    func finish() {
      if let failure { return request.fail(failure) }
      let known = page.compactMap { event in
        readings[event].flatMap { $0.isKnown ? (event, $0) : nil }
      }
      request.succeed(Responses.events(known, next: next))
    }
    if page.isEmpty { return finish() }
    for event in page {
      store.read(event) { result in
        switch result {
        case .success(let reading): readings[event] = reading
        case .failure(let error): failure = error
        }
        left -= 1
        if left == 0 { finish() }
      }
    }
  }

  /// Answers with an event, as it is now.
  func tell(_ event: EventID, _ request: OperatorRequest, status: Int = 200) {
    store.read(event) { result in
      switch result {
      case .success(let reading) where reading.isKnown:
        request.succeed(Responses.event(event, reading, status: status))
      case .success: request.refuse(.eventNotFound)
      case .failure(let error): request.fail(error)
      }
    }
  }

  // MARK: Settings

  /// Changes settings; `PUT` takes away those that the body does not name.
  func set(_ event: EventID, _ request: OperatorRequest) {
    var patch: SettingsPatch
    switch SettingsBody.patch(json: request.exchange.body) {
    case .success(let read): patch = read
    case .failure(let fault): return request.refuse(.settings(fault))
    }
    let replaces = request.exchange.method == .put
    if replaces { patch = patch.replacingAll }
    store.change(event, patch, if: request.condition, by: request.author) { [self] result in
      guard let (before, after) = changed(result, request) else { return }
      request.note(
        "the settings of an event were changed", of: event, before: "\(before.settings)",
        after: "\(after.settings)")
      tell(event, request, status: replaces && !before.isSet ? 201 : 200)
    }
  }

  /// The settings before and after; nil once the request is refused because nothing was changed.
  private func changed(
    _ result: Result<SettingsOutcome, RedisError>, _ request: OperatorRequest
  ) -> (before: StoredSettings, after: StoredSettings)? {
    switch result {
    case .success(.changed(let before, let after)): return (before, after)
    case .success(.stale(let version)):
      request.refuse(.staleSettings(version)) { Responses.stale(version: version, traceID: $0) }
    case .success(.rebuilding): request.refuse(.rebuilding)
    case .success(.disordered): request.refuse(.disorderedTimes)
    case .success(.unknown): request.refuse(.eventNotFound)
    case .failure(let error): request.fail(error)
    }
    return nil
  }

  // MARK: Removing

  /// Removes settings, and then people.
  func delete(_ event: EventID, _ request: OperatorRequest) {
    store.delete(event, if: request.condition, by: request.author) { [self] result in
      guard let (before, _) = changed(result, request) else { return }
      request.note(
        "the settings of an event were deleted", of: event, before: "\(before.settings)", after: "")
      reset(event, request, status: "deleted")
    }
  }

  /// Removes all people.
  ///
  /// - Parameter status: What the answer calls it.
  func reset(_ event: EventID, _ request: OperatorRequest, status: StaticString = "reset") {
    steering.reset(event, by: request.author) { result in
      switch result {
      case .success(.done(let removed)):
        request.note(
          "all people of an event were removed", of: event, before: "\(removed)", after: "")
        request.succeed(Responses.reset(event, removed, status: status))
      case .success(.unknown) where request.exchange.method == .delete:
        request.succeed(Responses.reset(event, Removed(), status: status))
      case .success(.unknown): request.refuse(.eventNotFound)
      case .failure(let error): request.fail(error)
      }
    }
  }
}

extension OperatorRequest {
  /// Which version of the settings may be replaced.
  fileprivate var condition: SettingsCondition {
    EntityTag.condition(exchange.header("If-Match"))
  }
}

@available(*, unavailable, message: "EventRoutes belong to the back office's thread")
extension EventRoutes: Sendable {}
