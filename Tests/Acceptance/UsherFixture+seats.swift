import Foundation
import Queue
import TestSupport

extension UsherFixture {
  /// What the operator of ``sellingSeats(redis:flags:)`` shows.
  static let adminToken = "the token of the operator"
  /// Signs the tokens of ``sellingSeats(redis:flags:)``.
  private static let secret = "the secret of the seats"

  /// An usher whose operator may say which seats there are, and whose grants tests can sign.
  static func sellingSeats(redis: RedisKind, flags: [String] = []) throws -> UsherFixture {
    try UsherFixture(redis: redis, flags: flags, secret: secret, adminToken: adminToken)
  }

  /// A connection to the server that has an event's seats at the moment.
  func connectToSeats(of event: String = "show") throws -> RedisConnection {
    try store.connect(to: "seat:status:{\(event)}")
  }

  // MARK: The operator

  /// `PUT /api/v1/events/{event}/seats` or `…/stock`, with this admin token.
  func put(
    _ resource: String, _ body: [String: Any], at event: String,
    token: String? = UsherFixture.adminToken
  ) throws -> HTTPResponse {
    let body = try JSONSerialization.data(withJSONObject: body)
    let headers = token.map { [("Authorization", "Bearer \($0)")] } ?? []
    return try usher.admin().request(
      "PUT", "/api/v1/events/\(event)/\(resource)", headers: headers, body: Array(body))
  }

  /// Says which seats there are.
  func putSeats(_ seats: [String], at event: String = "show") throws {
    let answer = try put("seats", ["seats": seats], at: event)
    guard answer.status == 200 else { throw TestFailure("PUT seats: \(answer.text)") }
  }

  /// Says how many of an item there are.
  func putStock(_ item: String, _ total: Int, at event: String = "show") throws {
    let answer = try put("stock", ["item": item, "total": total], at: event)
    guard answer.status == 200 else { throw TestFailure("PUT stock: \(answer.text)") }
  }

  /// A reservation token as `enter` gives it, signed here, so that no person has to queue first.
  static func grant(
    _ user: String, at event: String = "show", secondsAgo age: Int64 = 0, lifetime: Int = 300
  ) throws -> String {
    let signer = TokenSigner(current: try TokenSecret(bytes: Array(Self.secret.utf8)))
    guard let event = EventID(event), let user = UserID(user) else {
      throw TestFailure("these are no names")
    }
    let now = Int64(Date().timeIntervalSince1970 * 1e6)
    return signer.sign(
      Grant(
        event: event, user: user, admittedAt: now - age * 1_000_000, lifetimeSeconds: lifetime))
  }
}

extension Gateway {
  /// `POST /api/v1/seats/hold`, with a fresh grant.
  func hold(_ seats: [String], as user: String, at event: String = "show") throws -> HTTPResponse {
    try hold(seats, grant: UsherFixture.grant(user, at: event), at: event)
  }

  /// `POST /api/v1/seats/hold`.
  func hold(_ seats: [String], grant: String, at event: String = "show") throws -> HTTPResponse {
    try http.post(
      "/api/v1/seats/hold",
      json: ["event_id": event, "seat_ids": seats, "reservation_token": grant])
  }

  /// `POST /api/v1/seats/release`.
  func release(_ hold: String) throws -> HTTPResponse {
    try http.post("/api/v1/seats/release", json: ["hold_id": hold])
  }

  /// `POST /api/v1/seats/confirm`.
  func confirm(_ hold: String) throws -> HTTPResponse {
    try http.post("/api/v1/seats/confirm", json: ["hold_id": hold])
  }

  /// `POST /api/v1/stock/take`.
  func take(
    _ item: String, as user: String? = nil, grant: String? = nil, at event: String = "show"
  ) throws -> HTTPResponse {
    var body = ["event_id": event, "item": item]
    body["user_id"] = user
    body["reservation_token"] = grant
    return try http.post("/api/v1/stock/take", json: body)
  }

  /// `GET /api/v1/events/{event}/seats`.
  func seats(
    at event: String = "show", query: String = "", version: String? = nil
  ) throws -> HTTPResponse {
    try http.get(
      "/api/v1/events/\(event)/seats\(query)",
      headers: version.map { [("If-None-Match", $0)] } ?? [])
  }
}
