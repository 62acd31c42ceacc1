import TestSupport

/// One line of the table of routes: what is asked, and what exactly comes back.
struct Contract: Sendable {
  /// What came of it, for messages.
  let outcome: String
  let status: Int
  /// What an error has in `error.code`; nil for a success.
  var code: String?
  /// The members of the body beside `error`, each with its type: these and no others.
  var members: [String: JSONValue.Kind] = [:]
  /// Whether `Retry-After` says when to come again.
  var saysWhenToRetry = false
  /// What `Allow` names.
  var allow: String?
  /// Asks, with these header fields among others.
  let ask: @Sendable (QueueSituations, Headers) throws -> HTTPResponse

  typealias Headers = [(String, String)]

  /// The lines of one route, which are tried in this order.
  struct Table: Sendable, CustomStringConvertible {
    let description: String
    let lines: [Contract]

    init(_ route: String, _ lines: [Contract]) {
      description = route
      self.lines = lines
    }
  }

  /// An error without anything beside it.
  static func error(
    _ status: Int, _ code: String, _ outcome: String, saysWhenToRetry: Bool = false,
    allow: String? = nil,
    _ ask: @escaping @Sendable (QueueSituations, Headers) throws -> HTTPResponse
  ) -> Contract {
    Contract(
      outcome: outcome, status: status, code: code, saysWhenToRetry: saysWhenToRetry, allow: allow,
      ask: ask)
  }
}

extension [String: JSONValue.Kind] {
  static func + (some: Self, others: Self) -> Self { some.merging(others) { $1 } }

  static let place: Self = [
    "waiting_token": .string, "position_hint": .integer, "status": .string,
    "poll_after_sec": .integer, "event_state": .string,
  ].merging(eta) { $1 }
  /// Where the end of the wait is known.
  static let eta: Self = ["eta_sec": .integer, "eta_low": .integer, "eta_high": .integer]
  /// Of one who is called.
  static let call: Self = ["enter_within_sec": .integer]
  /// Until the event opens.
  static let opening: Self = ["opens_at": .string]
  static let openingWait: Self = ["opens_at": .string, "eta_reason": .string]
  static let standing: Self = [
    "status": .string, "position": .integer, "waiting_time": .integer,
    "ready_for_entry": .boolean, "poll_after_sec": .integer, "queue_length": .integer,
    "event_state": .string,
  ].merging(eta) { $1 }
  static let grant: Self = [
    "admission": .string, "reservation_token": .string, "ttl_sec": .integer,
  ]
  static let denial: Self = [
    "admission": .string, "status": .string, "position": .integer, "poll_after_sec": .integer,
    "event_state": .string,
  ].merging(eta) { $1 }
  static let validGrant: Self = [
    "valid": .boolean, "event_id": .string, "user_id": .string, "admitted_at": .string,
    "expires_in_sec": .integer,
  ]
  static let invalidGrant: Self = ["valid": .boolean, "reason": .string]
  static let session: Self = ["session_token": .string, "expires_in_sec": .integer]
}

extension Contract {
  static let tables = [
    Table("join", join), Table("status", status), Table("enter", enter), Table("leave", leave),
    Table("verify", verify), Table("sessions", sessions), Table("elsewhere", elsewhere),
  ]

  private static let join = [
    Contract(outcome: "joined, and called", status: 202, members: .place + .call) {
      try $0.gateway.join("another", as: "A", headers: $1)
    },
    Contract(outcome: "joined without a name", status: 202, members: .place + .call) {
      try $0.gateway.join("another", headers: $1)
    },
    Contract(outcome: "joined, and waits", status: 202, members: .place) {
      try $0.gateway.join("another", as: "C", headers: $1)
    },
    Contract(
      outcome: "is waiting already", status: 409, code: "DUPLICATE_REQUEST", members: .place + .call
    ) { try $0.gateway.join("another", as: "A", headers: $1) },
    Contract(
      outcome: "is waiting already, at a closed event", status: 409, code: "DUPLICATE_REQUEST",
      members: .place + .call
    ) { try $0.gateway.join("closed", as: "early", headers: $1) },
    Contract(outcome: "joined before the event opens", status: 202, members: .place + .openingWait)
    {
      try $0.gateway.join("upcoming", as: "A", headers: $1)
    },
    Contract(
      outcome: "people may not join yet", status: 403, code: "QUEUE_NOT_OPEN",
      members: .opening + ["prequeue_at": .string, "event_state": .string], saysWhenToRetry: true
    ) { try $0.gateway.join("far", as: "A", headers: $1) },
    .error(403, "QUEUE_CLOSED", "the event is closed") {
      try $0.gateway.join("closed", as: "late", headers: $1)
    },
    .error(503, "QUEUE_FULL", "the line is full", saysWhenToRetry: true) {
      try $0.gateway.join("full", as: "one more", headers: $1)
    },
    .error(400, "INVALID_REQUEST", "no body") { try $0.post("join", "", $1) },
    .error(400, "INVALID_REQUEST", "no object") { try $0.post("join", "[]", $1) },
    .error(400, "INVALID_REQUEST", "a number for a name") {
      try $0.post("join", #"{"event_id":"show","user_id":7}"#, $1)
    },
    .error(400, "INVALID_REQUEST", "a key that is none") {
      try $0.gateway.join("show", headers: $1 + [("Idempotency-Key", "two words")])
    },
    .error(400, "MISSING_EVENT_ID", "no event") { try $0.post("join", #"{"user_id":"A"}"#, $1) },
    .error(400, "MISSING_EVENT_ID", "null") { try $0.post("join", #"{"event_id":null}"#, $1) },
    .error(400, "INVALID_EVENT_ID", "no event's name") {
      try $0.gateway.join("a}b", headers: $1)
    },
    .error(400, "INVALID_USER_ID", "no person's name") {
      try $0.gateway.join("show", as: "a\nb", headers: $1)
    },
  ]

  private static let status =
    [
      Contract(outcome: "is called", status: 200, members: .standing + .call) {
        try $0.gateway.status(of: $0.ready, headers: $1)
      },
      Contract(outcome: "waits", status: 200, members: .standing) {
        try $0.gateway.status(of: $0.behind, headers: $1)
      },
    ] + gone(tellsInside: true) { try $0.gateway.status(of: $1, headers: $2) }
    + withoutToken { try $0.gateway.http.get("/api/v1/queue/status\($1)", headers: $2) }

  private static let enter =
    [
      Contract(
        outcome: "not yet", status: 403, code: "NOT_READY", members: .denial, saysWhenToRetry: true
      ) { try $0.gateway.enter(with: $0.behind, headers: $1) },
      Contract(outcome: "admitted", status: 200, members: .grant) {
        try $0.gateway.enter(with: $0.ready, headers: $1)
      },
      Contract(outcome: "admitted a moment ago", status: 200, members: .grant) {
        try $0.gateway.enter(with: $0.ready, headers: $1)
      },
      .error(400, "INVALID_REQUEST", "no body") { try $0.post("enter", "", $1) },
      .error(400, "MISSING_TOKEN", "no token") { try $0.post("enter", "{}", $1) },
    ] + gone(isGrantReplayed: true) { try $0.gateway.enter(with: $1, headers: $2) }

  private static let leave =
    [
      Contract(outcome: "left", status: 200, members: ["status": .string]) {
        try $0.gateway.leave(with: $0.behind, headers: $1)
      },
      Contract(outcome: "left before", status: 200, members: ["status": .string]) {
        try $0.gateway.leave(with: $0.behind, headers: $1)
      },
      Contract(outcome: "left, by POST", status: 200, members: ["status": .string]) {
        try $0.gateway.beacon("?token=\($0.behind)", headers: $1)
      },
    ] + gone(isLeavingRepeatable: true) { try $0.gateway.leave(with: $1, headers: $2) }
    + withoutToken { try $0.gateway.http.delete("/api/v1/queue/leave\($1)", headers: $2) }
    + withoutToken { try $0.gateway.beacon($1, headers: $2) }

  private static let verify = [
    Contract(outcome: "good", status: 200, members: .validGrant) {
      try $0.gateway.verify($0.grant, headers: $1)
    },
    Contract(outcome: "expired", status: 403, code: "NOT_INSIDE", members: .invalidGrant) {
      try $0.gateway.verify($0.expiredGrant, headers: $1)
    },
    Contract(outcome: "unknown", status: 403, code: "NOT_INSIDE", members: .invalidGrant) {
      try $0.gateway.verify("forged", headers: $1)
    },
    Contract(outcome: "another event's", status: 403, code: "NOT_INSIDE", members: .invalidGrant) {
      try $0.gateway.verify($0.grant, for: "another", headers: $1)
    },
    .error(400, "INVALID_EVENT_ID", "no event's name") {
      try $0.gateway.verify($0.grant, for: "{}", headers: $1)
    },
    .error(400, "INVALID_REQUEST", "no body") { try $0.post("verify", "", $1) },
    .error(400, "MISSING_TOKEN", "no token") { try $0.post("verify", "{}", $1) },
  ]

  private static let sessions =
    [
      Contract(outcome: "begun", status: 201, members: .session) {
        try $0.gateway.startSession(with: $0.grant, headers: $1)
      },
      Contract(outcome: "begun before", status: 200, members: .session) {
        try $0.gateway.startSession(with: $0.grant, headers: $1)
      },
      Contract(outcome: "renewed", status: 200, members: .session) {
        try $0.gateway.renew(try session(at: $0), headers: $1)
      },
      Contract(outcome: "good, by header", status: 200, members: .validGrant) {
        try $0.post("verify", "", $1 + [("Authorization", "Bearer \(try session(at: $0))")])
      },
      Contract(outcome: "ended", status: 200, members: ["status": .string]) {
        try $0.gateway.end(try session(at: $0), headers: $1)
      },
      Contract(outcome: "ended before", status: 200, members: ["status": .string]) {
        try $0.gateway.end($0.grant, headers: $1)
      },
      Contract(outcome: "over", status: 403, code: "NOT_INSIDE", members: .invalidGrant) {
        try $0.gateway.renew($0.grant, headers: $1)
      },
      Contract(outcome: "of one over", status: 403, code: "NOT_INSIDE", members: .invalidGrant) {
        try $0.gateway.startSession(with: $0.grant, headers: $1)
      },
      Contract(outcome: "never used", status: 403, code: "NOT_INSIDE", members: .invalidGrant) {
        try $0.gateway.startSession(with: $0.expiredGrant, headers: $1)
      },
      Contract(outcome: "forged", status: 403, code: "NOT_INSIDE", members: .invalidGrant) {
        try $0.gateway.end("forged", headers: $1)
      },
    ]
    + ["", "/renew", "/end"].flatMap { path in
      [
        Contract.error(400, "MISSING_TOKEN", "no token at sessions\(path)") {
          try $0.gateway.http.post("/api/v1/sessions\(path)", json: [:], headers: $1)
        },
        .error(405, "METHOD_NOT_ALLOWED", "GET sessions\(path)", allow: "POST") {
          try $0.gateway.http.get("/api/v1/sessions\(path)", headers: $1)
        },
      ]
    }

  /// The session that the grant has become.
  private static func session(at situations: QueueSituations) throws -> String {
    try situations.gateway.startSession(with: situations.grant).text("session_token")
  }

  private static let elsewhere =
    ["/", "/api/v1/queue", "/api/v1/queue/join/", "/api/v1/queue/%6aoin", "/metrics"].map { path in
      error(404, "NOT_FOUND", path) { try $0.gateway.http.get(path, headers: $1) }
    }
    + [
      ("join", ["POST"]), ("status", ["GET"]), ("enter", ["POST"]), ("leave", ["DELETE", "POST"]),
      ("verify", ["POST"]),
    ].flatMap { route, allowed in
      ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"].filter { !allowed.contains($0) }.map {
        method in
        error(
          405, "METHOD_NOT_ALLOWED", "\(method) \(route)", allow: allowed.joined(separator: ", ")
        ) {
          try $0.gateway.http.request(method, "/api/v1/queue/\(route)", headers: $1)
        }
      }
    }

  /// Tokens that no longer wait.
  private static func gone(
    isGrantReplayed: Bool = false, isLeavingRepeatable: Bool = false, tellsInside: Bool = false,
    _ ask: @escaping @Sendable (QueueSituations, String, Headers) throws -> HTTPResponse
  ) -> [Contract] {
    var lines = [
      error(404, "TOKEN_NOT_FOUND", "forged") { try ask($0, "forged", $1) },
      error(404, "TOKEN_EXPIRED", "too old") { try ask($0, $0.expired, $1) },
    ]
    if !isGrantReplayed {
      var line = error(404, "ALREADY_ADMITTED", "admitted") { try ask($0, $0.admitted, $1) }
      if tellsInside { line.members = ["inside": .boolean, "expires_in_sec": .integer] }
      lines.append(line)
    }
    if !isLeavingRepeatable {
      lines.append(error(404, "ALREADY_LEFT", "left") { try ask($0, $0.left, $1) })
    }
    return lines
  }

  /// Queries in which there is no token.
  private static func withoutToken(
    _ ask: @escaping @Sendable (QueueSituations, String, Headers) throws -> HTTPResponse
  ) -> [Contract] {
    ["", "?", "?token=", "?token", "?Token=A"].map { query in
      error(400, "MISSING_TOKEN", "no token in \(query)") { try ask($0, query, $1) }
    }
      + ["?token=%", "?token=%0", "?token=%ff", "?token=A&token=A"].map { query in
        error(400, "INVALID_REQUEST", query) { try ask($0, query, $1) }
      }
  }
}
