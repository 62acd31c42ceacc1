import Queue
import TestSupport

@testable import Redis
@testable import Seats

/// The seats and the stock of one event on a Redis of its own whose clock stands still until a test
/// moves it: the real scripts, called one by one, and what they leave behind.
///
/// For one thread at a time.
final class ScriptedSale {
  let server: RedisServer
  let redis: RedisConnection
  let keys = EventKeys(EventID("e")!)
  let saleKeys = SaleKeys(EventID("e")!)
  var settings: SeatSettings
  /// Redis time, µs.
  private(set) var now: Int64 = 1_800_000_000_000_000

  /// Where the scripts look for the time instead of asking Redis.
  static let clock = "test:clock"
  static let scripts = SeatScripts {
    $0.replacing("redis.call('TIME')", with: "redis.call('HMGET', '\(clock)', 'sec', 'usec')")
  }

  init(
    seats: [String] = ["A-1", "A-2", "A-3", "A-4", "A-5", "A-6"],
    _ settings: SeatSettings = SeatSettings()
  ) throws {
    self.settings = settings
    server = try RedisServer()
    redis = try server.connect(timeout: .seconds(60))
    for script in Self.scripts.all {
      try send("SCRIPT", "LOAD", String(decoding: script.source, as: UTF8.self))
    }
    try setClock()
    if !seats.isEmpty { try furnish(seats) }
    // The seats' clock must not be ahead of this one.
    try advance(.seconds(1))
  }

  // MARK: Time

  /// Moves the clock on, or back if `duration` is negative.
  func advance(_ duration: Duration) throws {
    now += duration.microseconds
    try setClock()
  }

  private func setClock() throws {
    try send(
      "HSET", Self.clock, "sec", "\(now / 1_000_000)", "usec", "\(now % 1_000_000)")
  }

  // MARK: Scripts

  /// The command that calls a script for this event: for pipelines, and for other connections.
  func command(_ script: KeyPath<SeatScripts, Script>, _ own: [String]) -> [String] {
    let script = Self.scripts[keyPath: script]
    let keys =
      switch script.name {
      case "sweep": saleKeys.sweep
      case "take", "supply": saleKeys.stock
      default: saleKeys.seats
      }
    let ttl = "\(settings.eventTTL.components.seconds)"
    return ["EVALSHA", script.sha1, "\(keys.count)"] + keys.map(\.text) + [ttl] + own
  }

  /// Calls a script; throws if it fails.
  @discardableResult
  func call(_ script: KeyPath<SeatScripts, Script>, _ own: [String]) throws -> [RedisReply] {
    guard let reply = try send(command(script, own)).elements else {
      throw TestFailure("a script that returns no array")
    }
    return reply
  }

  func holdArguments(
    _ seats: [String], as user: String, grantEnd: Int64? = nil
  ) -> [String] {
    let ttl = "\(settings.holdTTL.microseconds)"
    let end = "\(grantEnd ?? now + 30_000_000)"
    return [ttl, "\(settings.seatsPerPerson)", user, "\(now)", end] + seats
  }

  @discardableResult
  func hold(
    _ seats: String..., as user: String, grantEnd: Int64? = nil
  ) throws -> HoldAnswer {
    try HoldAnswer(call(\.hold, holdArguments(seats, as: user, grantEnd: grantEnd)))
  }

  /// Holds seats that are there to be held.
  func held(_ seats: String..., as user: String) throws -> HoldAnswer.Held {
    let answer = try HoldAnswer(call(\.hold, holdArguments(seats, as: user)))
    guard case .held(let held) = answer else { throw TestFailure("\(answer)") }
    return held
  }

  func release(_ hold: HoldAnswer.Held, as user: String) throws -> EndAnswer {
    try EndAnswer(call(\.release, [user, "\(hold.number)", "\(hold.end)"]), tellsSeats: false)
  }

  func confirm(_ hold: HoldAnswer.Held, as user: String) throws -> EndAnswer {
    try EndAnswer(call(\.confirm, [user, "\(hold.number)", "\(hold.end)"]), tellsSeats: true)
  }

  @discardableResult
  func furnish(_ seats: [String], plan: String = "p", begins: Bool = true) throws -> [RedisReply] {
    try call(\.furnish, [plan, begins ? "begin" : "go on"] + seats)
  }

  /// Looks after the seats as a back office does, once.
  func sweep() throws -> SweepAnswer { try SweepAnswer(call(\.sweep, [])) }

  func take(_ item: String, as user: String, grant: (from: Int64, to: Int64) = (0, 0)) throws
    -> TakeAnswer
  {
    try TakeAnswer(call(\.take, [item, user, "\(grant.from)", "\(grant.to)"]))
  }

  func supply(_ item: String, _ total: Int) throws -> [RedisReply] {
    try call(\.supply, [item, "\(total)", "100"])
  }

  // MARK: What is in Redis

  /// Sends a command; throws if Redis answers with an error.
  @discardableResult
  func send(_ command: String...) throws -> RedisReply { try send(command) }

  @discardableResult
  func send(_ command: [String]) throws -> RedisReply {
    let reply = try redis.send(command)
    if case .error(let message) = reply { throw ScriptError(message: message) }
    return reply
  }

  /// What the map says of a seat.
  func word(of seat: String) throws -> String? {
    try send("HGET", keys.seatStatus.text, seat).text.map { String($0.prefix { $0 != " " }) }
  }

  /// How many seats are available, by the inventory.
  func inventory() throws -> Int? {
    try send("GET", keys.inventory.text).integer.map { Int($0) }
  }

  /// The whole map, counted without asking the scripts: available, held, sold.
  func census() throws -> [String: Int] {
    try send("HVALS", keys.seatStatus.text).texts.reduce(into: [:]) { counts, value in
      counts[String(value.prefix { $0 != " " }), default: 0] += 1
    }
  }

  /// Everything that is in the event's keys.
  func content() throws -> [RedisReply] {
    try (saleKeys.sweep + saleKeys.stock).map { try send("DUMP", $0.text) }
  }
}

/// What Redis said instead of an answer.
struct ScriptError: Error, Equatable {
  let message: String
}
