import HTTP
import JSON
import Queue

/// What operators are told about an event.
extension Responses {
  /// An event's settings, and how it stands.
  static func event(
    _ event: EventID, _ reading: SettingsStore.Reading, status: Int = 200
  ) -> Response {
    json(status, headers: [entityTag(reading.stored.version)]) { tell(event, reading, in: &$0) }
  }

  /// Several events; `next` is the name behind which others are.
  static func events(
    _ events: [(EventID, SettingsStore.Reading)], next: EventID?
  ) -> Response {
    json(200) { body in
      body.objects("events", events) { tell($0.0, $0.1, in: &$1) }
      if let next { body.member("next", next.text) }
    }
  }

  /// All people of an event are gone.
  static func reset(_ event: EventID, _ removed: Removed, status: StaticString) -> Response {
    json(200) { body in
      body.member("event_id", event.text)
      body.member("status", "\(status)")
      body.object("removed") { members in
        members.member("waiting", removed.waiting)
        members.member("parked", removed.parked)
        members.member("inside", removed.inside)
      }
    }
  }

  private static func tell(
    _ event: EventID, _ reading: SettingsStore.Reading, in body: inout JSONWriter
  ) {
    body.member("event_id", event.text)
    body.object("settings") { tell(reading.stored.settings, in: &$0) }
    body.member("version", reading.stored.version)
    body.object("live") { tell(reading.live, in: &$0) }
  }

  /// The settings have another version than the caller expects.
  static func stale(version: Int64, traceID: String) -> Response {
    error(.staleSettings(version), traceID: traceID, headers: [entityTag(version)])
  }

  private static func entityTag(_ version: Int64) -> (name: String, value: String) {
    ("ETag", "\"\(version)\"")
  }

  private static func tell(_ live: LiveEvent, in body: inout JSONWriter) {
    body.member("state", live.state.rawValue)
    body.member("waiting", live.waiting)
    body.member("ready", live.ready)
    body.member("inside", live.inside)
    body.member("parked", live.parked)
    body.member("joined", live.joined)
    body.member("admitted", live.admitted)
    body.member("no_shows", live.noShows)
    put("rate", live.rate, in: &body)
    put("tokens", live.tokens, in: &body)
    body.member("sold_out", live.isSoldOut)
    if let remaining = live.remaining { body.member("remaining", remaining) }
  }

  private static func tell(_ settings: EventSettings, in body: inout JSONWriter) {
    for field in EventSettings.Field.allCases {
      guard let text = settings[field] else { continue }
      // What an operator wrote by hand is shown as it is.
      guard field.isSensible(text) else {
        body.member(field.name, text)
        continue
      }
      switch field {
      case .rate, .burst, .queueLimit, .activeLimit: put(field.name, Double(text) ?? 0, in: &body)
      case .admitWithinInventory: body.member(field.name, text == "yes")
      case .state, .soldOutJoin, .readyTTL, .sessionTTL, .prequeueAt, .opensAt, .closesAt:
        body.member(field.name, field.readable(text))
      }
    }
  }

  /// A number, without a point where it is whole.
  private static func put(_ name: StaticString, _ number: Double, in body: inout JSONWriter) {
    if let whole = Int64(exactly: number) {
      body.member(name, whole)
    } else {
      body.member(name, number)
    }
  }
}

extension EventSettings.Field {
  /// The name of its member.
  fileprivate var name: StaticString {
    switch self {
    case .rate: "rate"
    case .burst: "burst"
    case .state: "state"
    case .admitWithinInventory: "admit_within_inventory"
    case .queueLimit: "queue_limit"
    case .soldOutJoin: "sold_out_join"
    case .activeLimit: "active_limit"
    case .readyTTL: "ready_ttl"
    case .sessionTTL: "session_ttl"
    case .prequeueAt: "prequeue_at"
    case .opensAt: "opens_at"
    case .closesAt: "closes_at"
    }
  }
}
