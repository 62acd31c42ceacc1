import Foundation
import TestSupport

/// What stands before usher in production: it asks on behalf of people, over one connection that it
/// keeps. For one thread at a time.
final class Gateway {
  /// For whatever is not an ordinary request.
  let http: HTTPClient
  /// Runs as long as somebody may ask for what it keeps.
  private let redis: (any RedisStore)?

  /// - Parameter redis: What `usher` keeps the queue in, unless that is its own.
  init(_ usher: UsherProcess, redis: (any RedisStore)? = nil) {
    http = usher.client()
    self.redis = redis
  }

  func join(
    _ event: String, as user: String? = nil, headers: [(String, String)] = []
  ) throws -> HTTPResponse {
    var body = ["event_id": event]
    body["user_id"] = user
    return try http.post("/api/v1/queue/join", json: body, headers: headers)
  }

  func status(of token: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.get("/api/v1/queue/status?token=\(Self.encoded(token))", headers: headers)
  }

  /// Asks where somebody stands, and leaves the answer to whoever reads ``http``.
  func askStatus(of token: String) throws {
    try http.write(Array(Self.statusRequest(of: token).utf8))
  }

  /// A request for the status as it travels.
  static func statusRequest(of token: String) -> String {
    "GET /api/v1/queue/status?token=\(encoded(token)) HTTP/1.1\r\nHost: localhost\r\n\r\n"
  }

  func enter(with token: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.post("/api/v1/queue/enter", json: ["waiting_token": token], headers: headers)
  }

  func leave(with token: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.delete("/api/v1/queue/leave?token=\(Self.encoded(token))", headers: headers)
  }

  func verify(_ grant: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.post("/api/v1/queue/verify", json: ["reservation_token": grant], headers: headers)
  }

  /// Joins somebody who must be new, and returns the waiting token.
  func token(joining event: String, as user: String? = nil) throws -> String {
    let response = try join(event, as: user)
    guard response.status == 202 else { throw Self.surprise("join", response) }
    return try response.text("waiting_token")
  }

  /// The place of somebody who must be waiting.
  func position(of token: String) throws -> Int {
    let response = try status(of: token)
    guard response.status == 200 else { throw Self.surprise("status", response) }
    return try response.integer("position")
  }

  /// Lets somebody in whose turn it must be, and returns the reservation token.
  func grant(entering token: String) throws -> String {
    let response = try enter(with: token)
    guard response.status == 200 else { throw Self.surprise("enter", response) }
    return try response.text("reservation_token")
  }

  private static func surprise(_ route: String, _ response: HTTPResponse) -> TestFailure {
    TestFailure("\(route): \(response.status) \(response.text)")
  }

  /// Everything but the characters that never mean anything in a query is percent-encoded.
  private static func encoded(_ value: String) -> String {
    value.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        String(UnicodeScalar(byte))
      default: String(format: "%%%02X", byte)
      }
    }.joined()
  }
}

@available(*, unavailable, message: "a Gateway is for one thread; make one for each")
extension Gateway: Sendable {}
