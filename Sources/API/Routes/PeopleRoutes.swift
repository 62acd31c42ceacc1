import HTTP
import JSON
import Loop
import Queue

/// What an operator does to the people of an event, and is told of them:
///
/// | route | does |
/// |---|---|
/// | `GET /api/v1/events/{event_id}/people` | tells who stands at the head of the line |
/// | `GET …/people/{user_id}` | tells one person's whole story |
/// | `POST …/people/{user_id}/admit` | calls a person, whatever the limits |
/// | `POST …/people/{user_id}/remove` | removes a person, and may keep them out for a time |
/// | `GET …/audit` | tells what operators did |
///
/// Confined to the back office. Callers have been authorized.
package final class PeopleRoutes {
  /// The most people, or entries of the trail, in one answer.
  static let pageLimit = 1000
  /// The longest time for which a person is kept out.
  static let longestBlock = Duration.seconds(365 * 24 * 3600)

  private let steering: Steering

  /// Routes that go by `steering`.
  package init(_ steering: Steering) {
    self.steering = steering
  }

  // MARK: Telling

  func head(_ event: EventID, _ request: OperatorRequest) {
    guard let limit = request.number("limit", default: 100, in: 1...Self.pageLimit),
      let passing = request.number("after", default: 0, in: 0...100_000_000)
    else { return }
    steering.head(of: event, passing: passing, limit: limit) { result in
      switch result {
      case .success(let people):
        let next = people.count == limit ? passing + limit : nil
        request.succeed(Responses.people(people, of: event, next: next))
      case .failure(let error): request.fail(error)
      }
    }
  }

  func tell(_ name: String, _ event: EventID, _ request: OperatorRequest) {
    guard let user = user(name, request) else { return }
    steering.person(user, at: event) { [self] result in
      switch result {
      case .failure(let error): request.fail(error)
      case .success(let person):
        steering.history(of: user, at: event, since: person.ticket) { result in
          switch result {
          case .failure(let error): request.fail(error)
          case .success(let trail) where person.isUnknown && !trail.tells(of: user):
            request.refuse(.personNotFound)
          case .success(let trail):
            request.succeed(Responses.person(person, trail, at: event))
          }
        }
      }
    }
  }

  func audit(_ event: EventID, _ request: OperatorRequest) {
    guard let limit = request.number("limit", default: 100, in: 1...Self.pageLimit) else { return }
    var start: String?
    switch request.exchange.queryValue("after") {
    case .missing: break
    case .value(let text) where TrailEntry.isID(text): start = text
    case .value, .malformed: return request.refuse(.invalidAuditPage)
    }
    steering.audit(of: event, from: start, limit: limit) { result in
      switch result {
      case .success(let trail): request.succeed(Responses.audit(trail, of: event))
      case .failure(let error): request.fail(error)
      }
    }
  }

  // MARK: Doing

  func admit(_ name: String, _ event: EventID, _ request: OperatorRequest) {
    guard let user = user(name, request) else { return }
    guard request.exchange.body.isEmpty || AdmitBody(json: request.exchange.body) != nil else {
      return request.refuse(.invalidBody)
    }
    steering.admit(user, to: event, by: request.author) { result in
      switch result {
      case .success(.called(let position, let seconds, let isNew)):
        if isNew {
          request.note(
            "an operator called a person", of: event, before: "user=\(user) position=\(position)",
            after: "ready for \(seconds) s")
        }
        request.succeed(
          Responses.admitted(user, at: event, position: position, seconds: seconds))
      case .success(.inside): request.refuse(.personInside)
      case .success(.unknown): request.refuse(.personNotWaiting)
      case .failure(let error): request.fail(error)
      }
    }
  }

  func remove(_ name: String, _ event: EventID, _ request: OperatorRequest) {
    guard let user = user(name, request) else { return }
    var duration = Duration.zero
    if !request.exchange.body.isEmpty {
      guard let body = RemoveBody(json: request.exchange.body) else {
        return request.refuse(.invalidRemoval)
      }
      if let seconds = body.blockSeconds {
        duration = .seconds(seconds)
        guard duration > .zero, duration <= Self.longestBlock else {
          return request.refuse(.invalidRemoval)
        }
      }
    }
    steering.remove(user, from: event, keepingOutFor: duration, by: request.author) { result in
      switch result {
      case .success(.removed(let was, let until)):
        let after = until.map { "kept out until \(WallTime(milliseconds: $0))" } ?? "removed"
        request.note(
          "an operator removed a person", of: event, before: "user=\(user) \(was.rawValue)",
          after: after)
        request.succeed(Responses.removed(user, at: event, was: was, until: until))
      case .success(.unknown): request.refuse(.personNotFound)
      case .failure(let error): request.fail(error)
      }
    }
  }

  /// The person whom the path names; nil once the request is refused because it names none.
  private func user(_ name: String, _ request: OperatorRequest) -> UserID? {
    if let text = PathSegment.decoded(name), let user = UserID(text) { return user }
    request.refuse(.invalidUserID)
    return nil
  }
}

/// The body of an admission, which has no fields.
private struct AdmitBody: Decodable, RequestBody {}

/// The body of a removal.
private struct RemoveBody: Decodable, RequestBody {
  /// For how many seconds to keep the person out; nil for not at all.
  let blockSeconds: Int64?

  private enum CodingKeys: String, CodingKey {
    case blockSeconds = "block_sec"
  }
}

extension Trail {
  /// Whether anything in it is about that very person: a reset is about everyone.
  fileprivate func tells(of user: UserID) -> Bool {
    entries.contains { $0.fields["user"] == user.text }
  }
}

extension Person {
  fileprivate var isUnknown: Bool { state.0 == .unknown && insideUntil == nil }
}

@available(*, unavailable, message: "PeopleRoutes belong to the back office's thread")
extension PeopleRoutes: Sendable {}
