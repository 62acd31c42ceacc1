import Foundation
import TestSupport

/// A sale at which everything happens that can happen to people: they join, poll, are let in, leave,
/// fall silent and come back, and wait for a connection to Redis.
struct MixedLoad {
  static let flags = [
    "--presence-head-ttl", "1s", "--redis-pool-max", "2", "--redis-pipeline-depth", "1",
    "--redis-pool-wait", "5s",
  ]

  /// With the admin token, which the operator shows.
  static let environment = ["USHER_ADMIN_TOKEN": "the-token-of-the-shop"]

  private let fixture: UsherFixture
  private let gateway: Gateway
  private var waiting: [String] = []
  private var silent: [String] = []
  private var round = 0
  private var buyers = 0

  /// - Parameter fixture: Started with ``flags`` and ``environment``.
  init(on fixture: UsherFixture) throws {
    self.fixture = fixture
    gateway = fixture.gateway()
    try fixture.store.send("HSET", "queue:state:{sale}", "rate", "1", "burst", "2")
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
    _ = try gateway.leave(with: newcomers[2])
    // Who has been silent for some rounds was parked, and comes back.
    if silent.count > 4 { waiting.append(silent.removeFirst()) }
    // Asked all at once, so that some wait for one of the two connections. Whose turn it is goes in.
    let everybody = waiting
    let ready = try parallel(4) { [fixture] part in
      let gateway = fixture.gateway()
      return try everybody.enumerated().filter { $0.offset % 4 == part }.map(\.element).filter {
        try gateway.status(of: $0).text.contains(#""ready_for_entry":true"#)
      }
    }
    for token in ready.joined() where try enter(token) { waiting.removeAll { $0 == token } }
    // What no client may send: it is on the dashboard, and an alert fires.
    if round % 10 == 1 { try fixture.store.send("KEYS", "nobody:*") }
    usleep(800_000)
  }

  /// As people do, again and again: with two connections to Redis some are refused.
  private func join(_ person: String) throws -> String {
    var token: String?
    try eventually("\(person) joins", within: .seconds(30)) {
      let answer = try gateway.join("sale", as: person)
      token = try? answer.text("waiting_token")
      return token != nil
    }
    guard let token else { throw TestFailure("no token") }
    return token
  }

  private mutating func enter(_ token: String) throws -> Bool {
    let answer = try gateway.enter(with: token)
    guard answer.status == 200 else { return false }
    let grant = try answer.text("reservation_token")
    _ = try gateway.verify(grant)
    try buy(with: grant)
    return true
  }

  /// Holds a seat, buys it or gives it back, and takes a coupon.
  private mutating func buy(with grant: String) throws {
    buyers += 1
    let hold = try gateway.http.post(
      "/api/v1/seats/hold",
      json: ["event_id": "sale", "seat_ids": ["A-\(buyers)"], "reservation_token": grant])
    if let number = try? hold.text("hold_id") {
      let end = buyers.isMultiple(of: 2) ? "confirm" : "release"
      _ = try gateway.http.post("/api/v1/seats/\(end)", json: ["hold_id": number])
    }
    _ = try gateway.http.post(
      "/api/v1/stock/take",
      json: ["event_id": "sale", "item": "coupon", "reservation_token": grant])
  }

  private func put(_ what: String, _ object: [String: Any]) throws {
    let body = try JSONSerialization.data(withJSONObject: object)
    let token = Self.environment["USHER_ADMIN_TOKEN"] ?? ""
    let answer = try fixture.usher.admin().request(
      "PUT", "/api/v1/events/sale/\(what)", headers: [("Authorization", "Bearer \(token)")],
      body: Array(body))
    guard answer.status == 200 else { throw TestFailure("\(what): \(answer.text)") }
  }
}

@available(*, unavailable, message: "a MixedLoad is for one thread")
extension MixedLoad: Sendable {}
