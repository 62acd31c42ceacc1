import Foundation
import Queue
import TestSupport

/// An usher that sells seats, and an organiser who may say which there are.
struct Hall: Sendable {
  let door: any Door & Sendable
  private let server: @Sendable (_ event: String) throws -> RedisServer

  static let token = "the token of the organiser"
  private static let secret = "the secret of the hall"

  /// With a Redis of its own, if none is given.
  init(_ flags: [String] = [], redis: RedisServer? = nil) throws {
    let redis = try redis ?? RedisServer()
    door = try Self.withToken {
      try Venue(["--admin-token-file", $0] + flags, redis: redis, secret: Self.secret)
    }
    server = { _ in redis }
  }

  /// With a cluster.
  init(_ flags: [String] = [], cluster: RedisCluster) throws {
    let usher = try Self.withToken {
      try UsherProcess(
        cluster.usherFlags + ["--admin-token-file", $0] + flags,
        environment: ["USHER_TOKEN_SECRET": Self.secret])
    }
    door = Entrance(usher: usher, store: cluster)
    server = { try cluster.owner(of: "seat:status:{\($0)}").server }
  }

  private struct Entrance: Door {
    let usher: UsherProcess
    let store: any RedisStore
  }

  /// The file is read before usher is ready, and not after that.
  private static func withToken<Result>(_ body: (String) throws -> Result) throws -> Result {
    let directory = try TemporaryDirectory()
    let path = directory.path(of: "admin-token")
    try "\(token)\n".write(toFile: path, atomically: true, encoding: .utf8)
    return try body(path)
  }

  /// A connection to the server that has an event's seats at the moment.
  func connect(_ event: String = "show") throws -> RedisConnection { try server(event).connect() }

  // MARK: The organiser

  func put(
    _ resource: String, _ body: [String: Any], at event: String, token: String? = Hall.token
  ) throws -> HTTPResponse {
    let body = try JSONSerialization.data(withJSONObject: body)
    let headers = token.map { [("Authorization", "Bearer \($0)")] } ?? []
    return try door.usher.admin().request(
      "PUT", "/api/v1/events/\(event)/\(resource)", headers: headers, body: Array(body))
  }

  func furnish(_ seats: [String], at event: String = "show") throws {
    let answer = try put("seats", ["seats": seats], at: event)
    guard answer.status == 200 else { throw TestFailure("PUT seats: \(answer.text)") }
  }

  func supply(_ item: String, _ total: Int, at event: String = "show") throws {
    let answer = try put("stock", ["item": item, "total": total], at: event)
    guard answer.status == 200 else { throw TestFailure("PUT stock: \(answer.text)") }
  }

  // MARK: People

  /// What the queue gives to whoever it lets in: signed here, so that nobody has to queue first.
  func grant(
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

  func counter() -> Counter { Counter(self) }

  /// Where one person after another asks for seats, over one connection. For one thread.
  final class Counter {
    let http: HTTPClient
    private let hall: Hall

    init(_ hall: Hall) {
      self.hall = hall
      http = hall.door.usher.client()
    }

    func hold(
      _ seats: [String], as user: String, at event: String = "show"
    ) throws -> HTTPResponse {
      try hold(seats, grant: hall.grant(user, at: event), at: event)
    }

    func hold(_ seats: [String], grant: String, at event: String = "show") throws -> HTTPResponse {
      try http.post(
        "/api/v1/seats/hold",
        json: ["event_id": event, "seat_ids": seats, "reservation_token": grant])
    }

    func release(_ hold: String) throws -> HTTPResponse {
      try http.post("/api/v1/seats/release", json: ["hold_id": hold])
    }

    func confirm(_ hold: String) throws -> HTTPResponse {
      try http.post("/api/v1/seats/confirm", json: ["hold_id": hold])
    }

    func take(
      _ item: String, as user: String? = nil, grant: String? = nil, at event: String = "show"
    ) throws -> HTTPResponse {
      var body = ["event_id": event, "item": item]
      body["user_id"] = user
      body["reservation_token"] = grant
      return try http.post("/api/v1/stock/take", json: body)
    }

    func seats(
      at event: String = "show", query: String = "", version: String? = nil
    ) throws -> HTTPResponse {
      try http.get(
        "/api/v1/events/\(event)/seats\(query)",
        headers: version.map { [("If-None-Match", $0)] } ?? [])
    }
  }
}

/// How an event's seats stand, read from Redis in one step.
struct SeatCensus: Equatable {
  /// What the map says of each seat: who holds it or has bought it, and by which hold.
  let map: [String: String]
  let inventory: Int
  let holds: Set<String>
  let sold: Set<String>

  /// Asks, on a connection of the caller's.
  init(_ event: String, _ redis: RedisConnection) throws {
    let keys = ["seat:status", "inventory", "seat:holds", "seat:sold"].map { "\($0):{\(event)}" }
    let replies = try redis.send(pipeline: [
      ["MULTI"], ["HGETALL", keys[0]], ["GET", keys[1]], ["ZRANGE", keys[2], "0", "-1"],
      ["ZRANGE", keys[3], "0", "-1"], ["EXEC"],
    ])
    guard let parts = replies[5].elements, parts.count == 4 else {
      throw TestFailure("EXEC: \(replies[5])")
    }
    let pairs = parts[0].texts
    map = Dictionary(
      uniqueKeysWithValues: stride(from: 0, to: pairs.count, by: 2).map {
        (pairs[$0], pairs[$0 + 1])
      })
    inventory = Int(parts[1].integer ?? 0)
    holds = Set(parts[2].texts)
    sold = Set(parts[3].texts)
  }

  /// The seats of which the map says so.
  func seats(_ word: String) -> Set<String> {
    Set(map.filter { $0.value.prefix { $0 != " " } == word }.keys)
  }

  /// What does not agree; nil if everything does.
  func fault(of total: Int) -> String? {
    if map.count != total { return "\(map.count) seats instead of \(total)" }
    if inventory + holds.count + sold.count != total {
      return "\(inventory) available, \(holds.count) held, \(sold.count) sold of \(total)"
    }
    if seats("available").count != inventory { return "the inventory says \(inventory): \(map)" }
    if seats("held") != holds { return "held by the map: \(seats("held")), by time: \(holds)" }
    if seats("sold") != sold { return "sold by the map: \(seats("sold")), by sale: \(sold)" }
    return nil
  }
}
