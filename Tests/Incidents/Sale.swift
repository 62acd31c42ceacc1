import Foundation
import TestSupport

/// A sale at which everything happens that can happen to people: they join, poll, are let in, leave,
/// fall silent and come back, and wait for a connection to Redis.
struct Sale {
  static let flags = [
    "--presence-head-ttl", "1s", "--redis-pool-max", "2", "--redis-pipeline-depth", "1",
    "--redis-pool-wait", "5s",
  ]

  let usher: UsherProcess
  let redis: RedisServer
  /// What the shop behind the door shows usher's admin port.
  static let environment = ["USHER_ADMIN_TOKEN": "the-token-of-the-shop"]

  private let client: HTTPClient
  private var waiting: [String] = []
  private var silent: [String] = []
  private var round = 0
  private var buyers = 0

  /// - Parameter usher: Started with ``flags``.
  init(at usher: UsherProcess, redis: RedisServer) throws {
    self.usher = usher
    self.redis = redis
    client = usher.client()
    try redis.send("HSET", "queue:state:{sale}", "rate", "1", "burst", "2")
    try put("seats", ["seats": (1...1000).map { "A-\($0)" }])
    try put("stock", ["item": "coupon", "total": 1000])
  }

  /// What happens in about a second.
  mutating func goOn() throws {
    round += 1
    // Three come a second and one may go in, so that people wait.
    let newcomers = try (0..<3).map { try join("\(round)/\($0)") }
    waiting.append(newcomers[0])
    silent.append(newcomers[1])
    _ = try client.delete("/api/v1/queue/leave?token=\(newcomers[2])")
    // Who has been silent for some rounds was parked, and comes back.
    if silent.count > 4 { waiting.append(silent.removeFirst()) }
    // Asked all at once, so that some wait for one of the two connections. Whose turn it is goes in.
    let everybody = waiting
    let usher = usher
    let ready = try parallel(4) { part in
      let client = usher.client()
      return try everybody.enumerated().filter { $0.offset % 4 == part }.map(\.element).filter {
        try client.get("/api/v1/queue/status?token=\($0)").text.contains(#""ready_for_entry":true"#)
      }
    }
    for token in ready.joined() where try enter(token) { waiting.removeAll { $0 == token } }
    // Somebody who should not: it is on the dashboard, and an alert fires.
    if round % 10 == 1 { try redis.send("KEYS", "nobody:*") }
    usleep(800_000)
  }

  /// As people do, again and again: with two connections to Redis some are refused.
  private func join(_ person: String) throws -> String {
    var token: String?
    try eventually("\(person) joins", within: .seconds(30)) {
      let answer = try client.post(
        "/api/v1/queue/join", json: ["event_id": "sale", "user_id": person])
      token = try answer.json()["waiting_token"] as? String
      return token != nil
    }
    guard let token else { throw TestFailure("no token") }
    return token
  }

  private mutating func enter(_ token: String) throws -> Bool {
    let answer = try client.post("/api/v1/queue/enter", json: ["waiting_token": token])
    guard answer.status == 200, let grant = try answer.json()["reservation_token"] as? String
    else { return false }
    _ = try client.post("/api/v1/queue/verify", json: ["reservation_token": grant])
    try buy(with: grant)
    return true
  }

  /// Holds a seat, buys it or gives it back, and takes a coupon.
  private mutating func buy(with grant: String) throws {
    buyers += 1
    let hold = try client.post(
      "/api/v1/seats/hold",
      json: ["event_id": "sale", "seat_ids": ["A-\(buyers)"], "reservation_token": grant])
    if let number = try hold.json()["hold_id"] as? String {
      let end = buyers.isMultiple(of: 2) ? "confirm" : "release"
      _ = try client.post("/api/v1/seats/\(end)", json: ["hold_id": number])
    }
    _ = try client.post(
      "/api/v1/stock/take",
      json: ["event_id": "sale", "item": "coupon", "reservation_token": grant])
  }

  private func put(_ what: String, _ object: [String: Any]) throws {
    let body = try JSONSerialization.data(withJSONObject: object)
    let token = Self.environment["USHER_ADMIN_TOKEN"] ?? ""
    let answer = try usher.admin().request(
      "PUT", "/api/v1/events/sale/\(what)", headers: [("Authorization", "Bearer \(token)")],
      body: Array(body))
    guard answer.status == 200 else { throw TestFailure("\(what): \(answer.text)") }
  }
}

@available(*, unavailable, message: "a Sale is for one thread")
extension Sale: Sendable {}
