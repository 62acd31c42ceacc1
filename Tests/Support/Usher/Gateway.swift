import Foundation

/// What stands in front of usher in production: asks on behalf of people, over one connection, which
/// it keeps. For one thread at a time.
package final class Gateway {
  /// For a request that no method here sends.
  package let http: HTTPClient
  /// The Redis runs at least as long as a gateway may ask for what it keeps.
  private let store: (any RedisStore)?

  /// A gateway to a fixture's usher; the fixture's Redis runs at least as long.
  package init(_ fixture: UsherFixture) {
    http = fixture.usher.client()
    store = fixture.store
  }

  /// A gateway to an usher whose Redis the test keeps.
  package init(_ usher: UsherProcess) {
    http = usher.client()
    store = nil
  }

  /// `POST /api/v1/queue/join`.
  package func join(
    _ event: String, as user: String? = nil, headers: [(String, String)] = []
  ) throws -> HTTPResponse {
    var body = ["event_id": event]
    body["user_id"] = user
    return try http.post("/api/v1/queue/join", json: body, headers: headers)
  }

  /// `GET /api/v1/queue/status`.
  package func status(of token: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.get("/api/v1/queue/status?token=\(Self.encoded(token))", headers: headers)
  }

  /// Sends a request for the status; the test reads the response from ``http``.
  package func askStatus(of token: String) throws {
    try http.write(Array(Self.statusRequest(of: token).utf8))
  }

  /// A request for the status, as it goes over the wire.
  package static func statusRequest(of token: String) -> String {
    "GET /api/v1/queue/status?token=\(encoded(token)) HTTP/1.1\r\nHost: localhost\r\n\r\n"
  }

  /// `POST /api/v1/queue/enter`.
  package func enter(with token: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.post("/api/v1/queue/enter", json: ["waiting_token": token], headers: headers)
  }

  /// `DELETE /api/v1/queue/leave`.
  package func leave(with token: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.delete("/api/v1/queue/leave?token=\(Self.encoded(token))", headers: headers)
  }

  /// `POST /api/v1/queue/leave` and a query, as `navigator.sendBeacon` sends it: with text that nobody
  /// reads.
  package func beacon(
    _ query: String, headers: [(String, String)] = [], text: String = "bye"
  ) throws -> HTTPResponse {
    try http.request(
      "POST", "/api/v1/queue/leave\(query)",
      headers: headers + [("Content-Type", "text/plain;charset=UTF-8")], body: Array(text.utf8))
  }

  /// `POST /api/v1/queue/verify`.
  package func verify(
    _ grant: String, for event: String? = nil, headers: [(String, String)] = []
  ) throws -> HTTPResponse {
    var body = ["reservation_token": grant]
    body["event_id"] = event
    return try http.post("/api/v1/queue/verify", json: body, headers: headers)
  }

  /// `POST /api/v1/sessions`.
  package func startSession(
    with grant: String, headers: [(String, String)] = []
  ) throws -> HTTPResponse {
    try http.post("/api/v1/sessions", json: ["reservation_token": grant], headers: headers)
  }

  /// `POST /api/v1/sessions/renew`.
  package func renew(_ session: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.post("/api/v1/sessions/renew", json: ["session_token": session], headers: headers)
  }

  /// `POST /api/v1/sessions/end`.
  package func end(_ session: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try http.post("/api/v1/sessions/end", json: ["session_token": session], headers: headers)
  }

  /// `POST /api/v1/queue/verify` with a session token.
  package func verify(
    session: String, for event: String? = nil, headers: [(String, String)] = []
  ) throws -> HTTPResponse {
    var body = ["session_token": session]
    body["event_id"] = event
    return try http.post("/api/v1/queue/verify", json: body, headers: headers)
  }

  /// Makes a session of a grant that has none yet, and returns its token.
  package func session(of grant: String) throws -> String {
    let response = try startSession(with: grant)
    guard response.status == 201 else { throw Self.surprise("sessions", response) }
    return try response.text("session_token")
  }

  /// Joins a person who must be new, and returns the waiting token.
  package func token(joining event: String, as user: String? = nil) throws -> String {
    let response = try join(event, as: user)
    guard response.status == 202 else { throw Self.surprise("join", response) }
    return try response.text("waiting_token")
  }

  /// The place of a person who must be waiting.
  package func position(of token: String) throws -> Int {
    let response = try status(of: token)
    guard response.status == 200 else { throw Self.surprise("status", response) }
    return try response.integer("position")
  }

  /// Enters for a person whose turn it must be, and returns the reservation token.
  package func grant(entering token: String) throws -> String {
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
