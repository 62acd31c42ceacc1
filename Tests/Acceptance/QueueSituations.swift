import Foundation
import Queue
import TestSupport

/// Tokens of people in every situation that an event knows, at one usher. For one thread.
final class QueueSituations {
  let fixture: UsherFixture
  let gateway: Gateway
  /// In line, and may enter.
  let ready: String
  /// In line behind `ready`, and may not enter yet.
  let behind: String
  /// Was let in.
  let admitted: String
  /// What `admitted` got.
  let grant: String
  /// Left the line.
  let left: String
  /// Older than tickets live.
  let expired: String
  /// Older than grants live.
  let expiredGrant: String

  private static let secret = "the secret of the situations"

  init(redis: RedisKind) throws {
    fixture = try UsherFixture(
      redis: redis,
      flags: ["--admission-burst", "2", "--admission-rate", "0.001", "--queue-limit", "3"],
      secret: Self.secret)
    gateway = fixture.gateway()
    admitted = try gateway.token(joining: "show", as: "admitted")
    ready = try gateway.token(joining: "show", as: "ready")
    grant = try gateway.grant(entering: admitted)
    behind = try gateway.token(joining: "show", as: "behind")
    left = try gateway.token(joining: "show", as: "left")
    _ = try gateway.leave(with: left)

    _ = try gateway.token(joining: "closed", as: "early")
    try fixture.store.send("HSET", "queue:state:{closed}", "state", "closed")
    for person in 0..<3 { _ = try gateway.token(joining: "full", as: "\(person)") }
    let tomorrow = "\(Int64((Date().timeIntervalSince1970 + 86_400) * 1000))"
    try fixture.store.send("HSET", "queue:settings:{upcoming}", "opens_at", tomorrow)
    try fixture.store.send("HSET", "queue:settings:{far}", "prequeue_at", tomorrow)

    let signer = TokenSigner(current: try TokenSecret(bytes: Array(Self.secret.utf8)))
    guard let event = EventID("show"), let user = UserID("late") else {
      throw TestFailure("these are names")
    }
    let sevenHoursAgo = Int64((Date().timeIntervalSince1970 - 7 * 3600) * 1e6)
    expired = signer.sign(
      WaitingToken(event: event, user: user, ticket: Ticket(microseconds: sevenHoursAgo)))
    expiredGrant = signer.sign(
      Grant(event: event, user: user, admittedAt: sevenHoursAgo, lifetimeSeconds: 30))
  }

  /// Sends a body as it is.
  func post(_ route: String, _ body: String, _ headers: Contract.Headers) throws -> HTTPResponse {
    try gateway.http.request(
      "POST", "/api/v1/queue/\(route)", headers: headers, body: Array(body.utf8))
  }
}

@available(*, unavailable, message: "it has one Gateway, which is for one thread")
extension QueueSituations: Sendable {}
