import Foundation
import TestSupport

extension UsherFixture {
  /// An usher whose operator may set events.
  static func operated(redis: RedisKind, flags: [String] = []) throws -> UsherFixture {
    try UsherFixture(redis: redis, flags: flags, adminToken: adminToken)
  }

  /// `GET /api/v1/events/{event}`.
  func event(
    _ event: String, token: String? = UsherFixture.adminToken
  ) throws -> HTTPResponse {
    try usher.admin().get("/api/v1/events/\(event)", headers: Self.bearer(token))
  }

  /// `PATCH /api/v1/events/{event}` with this body.
  func patch(
    _ event: String, _ body: String, headers: [(String, String)] = [],
    token: String? = UsherFixture.adminToken
  ) throws -> HTTPResponse {
    try usher.admin().request(
      "PATCH", "/api/v1/events/\(event)", headers: Self.bearer(token) + headers,
      body: Array(body.utf8))
  }

  /// The same, once this usher knows that nothing has to be written back.
  @discardableResult
  func set(_ event: String, _ body: String) throws -> HTTPResponse {
    var answer: HTTPResponse?
    try eventually("the settings may be changed") {
      answer = try patch(event, body)
      return answer?.errorCode != "REBUILDING"
    }
    guard let answer, answer.status == 200 else {
      throw TestFailure("PATCH \(event): \(answer?.text ?? "")")
    }
    return answer
  }

  /// A request of the admin port about events: `path` is what stands behind `/api/v1/events`.
  func operate(
    _ method: String, _ path: String = "", _ body: String = "",
    headers: [(String, String)] = [], token: String? = UsherFixture.adminToken
  ) throws -> HTTPResponse {
    try usher.admin().request(
      method, "/api/v1/events\(path)", headers: Self.bearer(token) + headers,
      body: body.isEmpty ? nil : Array(body.utf8))
  }

  private static func bearer(_ token: String?) -> [(String, String)] {
    token.map { [("Authorization", "Bearer \($0)")] } ?? []
  }
}

extension HTTPResponse {
  /// A member that must be an object.
  func object(_ name: String) throws -> [String: JSONValue] {
    guard case .object(let members)? = try members()[name] else {
      throw TestFailure("no object \(name): \(text)")
    }
    return members
  }
}
