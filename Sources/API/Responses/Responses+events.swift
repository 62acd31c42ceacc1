import HTTP
import JSON
import Queue

/// What operators are told about an event.
extension Responses {
  /// An event's settings, and how it stands.
  static func event(_ event: EventID, _ reading: SettingsStore.Reading) -> Response {
    json(200, headers: [entityTag(reading.stored.version)]) { body in
      body.member("event_id", event.text)
      body.object("settings") { tell(reading.stored.settings, in: &$0) }
      body.member("version", reading.stored.version)
      body.object("live") { tell(reading.live, in: &$0) }
    }
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
    body.member("joined", live.joined)
    body.member("admitted", live.admitted)
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
