import HTTP
import JSON
import Loop
import Queue

/// What operators are told of people.
extension Responses {
  /// Those at the head of the line; `next` is what `after` has to be for those behind.
  static func people(_ people: [Person], of event: EventID, next: Int?) -> Response {
    json(200) { body in
      body.member("event_id", event.text)
      body.objects("people", people) { tell($0, in: &$1) }
      if let next { body.member("next", next) }
    }
  }

  /// One person, and what the trail has of them.
  static func person(_ person: Person, _ trail: Trail, at event: EventID) -> Response {
    json(200) { body in
      body.member("event_id", event.text)
      tell(person, in: &body)
      body.objects("history", Array(trail.entries.reversed())) { tell($0, in: &$1) }
      body.member("history_complete", trail.isComplete)
    }
  }

  /// What operators did; `next` is what `after` has to be for what they did before.
  static func audit(_ trail: Trail, of event: EventID) -> Response {
    json(200) { body in
      body.member("event_id", event.text)
      body.objects("entries", trail.entries) { tell($0, in: &$1) }
      if let next = trail.next { body.member("next", next) }
    }
  }

  /// A person was called.
  static func admitted(
    _ user: UserID, at event: EventID, position: Int, seconds: Int
  ) -> Response {
    json(200) { body in
      body.member("event_id", event.text)
      body.member("user_id", user.text)
      body.member("status", "ready")
      body.member("position", position)
      body.member("enter_within_sec", seconds)
    }
  }

  /// A person was removed.
  static func removed(
    _ user: UserID, at event: EventID, was: Removal, until: Int64?
  ) -> Response {
    json(200) { body in
      body.member("event_id", event.text)
      body.member("user_id", user.text)
      body.member("status", "removed")
      body.member("was", was.rawValue)
      if let until { time("blocked_until", milliseconds: until, in: &body) }
    }
  }

  private static func tell(_ person: Person, in body: inout JSONWriter) {
    let (state, since) = person.state
    body.member("user_id", person.user.text)
    body.member("state", state.rawValue)
    if let position = person.position { body.member("position", position) }
    if let ticket = person.ticket { body.member("ticket", ticket) }
    if let since { time("since", milliseconds: since / 1000, in: &body) }
    if let seen = person.lastSeen { time("last_seen", milliseconds: seen, in: &body) }
    body.member("parked", person.isParked)
    if let until = person.calledUntil {
      time("called_until", milliseconds: until, in: &body)
      body.member("called_by_operator", person.isCalledByOperator)
    }
    if person.missedCalls > 0 { body.member("missed_calls", person.missedCalls) }
    if let until = person.insideUntil {
      time("inside_until", milliseconds: until, in: &body)
      body.member("session", person.isInSession)
    }
    if let until = person.keptOutUntil {
      time("blocked_until", milliseconds: until / 1000, in: &body)
    }
  }

  /// An entry of the trail: when, what, and what else it says.
  private static func tell(_ entry: TrailEntry, in body: inout JSONWriter) {
    body.member("id", entry.id)
    time("time", milliseconds: entry.time, in: &body)
    body.member("action", entry.operation)
    for (field, name) in trailFields {
      if let text = entry.fields[field] { body.member(name, text) }
    }
  }

  private static let trailFields: [(field: String, name: StaticString)] = [
    ("user", "user_id"), ("ticket", "ticket"), ("pos", "position"), ("eta", "eta_sec"),
    ("was", "was"), ("who", "who"), ("trace", "trace_id"), ("before", "before"),
    ("after", "after"),
  ]

  private static func time(
    _ name: StaticString, milliseconds: Int64, in body: inout JSONWriter
  ) {
    body.member(name, WallTime(milliseconds: milliseconds).description)
  }
}
