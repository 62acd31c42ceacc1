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
  let keys = SaleKeys(EventID("e")!)
  var settings: SeatSettings
  /// Redis time, µs.
  private(set) var now: Int64 = 1_800_000_000_000_000
  /// What time the caller of the scripts expects it to be, µs; 0 if it has no idea.
  var estimate: Int64 = 0

  /// Where the scripts look for the time instead of asking Redis.
  static let clock = "test:clock"
  static let scripts = SeatScripts(rewriting: withTestClock)

  /// A script's text, with that clock.
  static func withTestClock(_ text: String) -> String {
    text.replacing("redis.call('TIME')", with: "redis.call('HMGET', '\(clock)', 'sec', 'usec')")
  }

  private let scripts: SeatScripts

  init(
    seats: [String] = ["A-1", "A-2", "A-3", "A-4", "A-5", "A-6"],
    _ settings: SeatSettings = SeatSettings(), scripts: SeatScripts = ScriptedSale.scripts
  ) throws {
    self.settings = settings
    self.scripts = scripts
    server = try RedisServer()
    redis = try server.connect(timeout: .seconds(60))
    for script in scripts.all {
      try send("SCRIPT", "LOAD", String(decoding: script.source, as: UTF8.self))
    }
    try setClock()
    if !seats.isEmpty { try furnish(seats) }
    // The seats' clock must not be ahead of this one.
    try advance(.seconds(1))
  }

  /// Empties Redis, but for the scripts, and sets the clock back to the beginning.
  func startOver(_ settings: SeatSettings) throws {
    self.settings = settings
    estimate = 0
    now = 1_800_000_000_000_000
    try send("FLUSHALL")
    try setClock()
  }

  // MARK: Losses

  private var allKeys: [String] { Set(keys.sweep + keys.confirm + keys.stock).map(\.text) }

  /// Redis forgets all of the event.
  func loseKeys() throws {
    for key in allKeys { try send("DEL", key) }
  }

  /// Keeps a copy of what Redis has.
  func saveKeys() throws {
    for key in allKeys {
      try send("DEL", "saved:" + key)
      try send("COPY", key, "saved:" + key)
    }
  }

  /// Puts the copy in place.
  func restoreKeys() throws {
    try loseKeys()
    for key in allKeys { try send("COPY", "saved:" + key, key) }
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
  func command(_ script: KeyPath<SeatScripts, Script>, _ arguments: [Argument]) -> [String] {
    let script = scripts[keyPath: script]
    let keys =
      switch script.name {
      case "sweep": keys.sweep
      case "take", "supply": keys.stock
      case "confirm": keys.confirm
      default: keys.seats
      }
    return ["EVALSHA", script.sha1, "\(keys.count)"] + keys.map(\.text) + arguments.map(\.testText)
  }

  /// Reads what a script returned, strictly.
  static func read<Reply: ScriptReply>(_ reply: RedisReply) throws -> Reply {
    guard let read = try withReply(reply.encoded, { Reply($0) }) else {
      throw TestFailure("a script returned \(reply)")
    }
    return read
  }

  /// Calls a script; throws if it fails.
  private func call<Reply: ScriptReply>(
    _ script: KeyPath<SeatScripts, Script>, _ arguments: [Argument]
  ) throws -> Reply {
    try Self.read(send(command(script, arguments)))
  }

  /// Calls a script of seats; throws if it fails.
  private func outcome<Outcome: SeatsOutcome>(
    _ script: KeyPath<SeatScripts, Script>, _ arguments: [Argument]
  ) throws -> Outcome {
    let reply: SeatsReply<Outcome> = try call(script, arguments)
    return reply.outcome
  }

  func holdArguments(
    _ seats: [String], as user: String, grantEnd: Int64? = nil
  ) -> [Argument] {
    HoldScript.arguments(
      settings, at: estimate, user: UserID(user)!, admittedAt: now,
      grantEndsAt: grantEnd ?? now + 30_000_000, seats: seats.map { SeatID($0)! })
  }

  @discardableResult
  func hold(
    _ seats: String..., as user: String, grantEnd: Int64? = nil
  ) throws -> HoldScript.Outcome {
    try hold(seats, as: user, grantEnd: grantEnd)
  }

  @discardableResult
  func hold(
    _ seats: [String], as user: String, grantEnd: Int64? = nil
  ) throws -> HoldScript.Outcome {
    try outcome(\.hold, holdArguments(seats, as: user, grantEnd: grantEnd))
  }

  /// Holds seats that are there to be held.
  func held(_ seats: String..., as user: String) throws -> HoldScript.Held {
    let outcome = try hold(seats, as: user)
    guard case .held(let held) = outcome else { throw TestFailure("\(outcome)") }
    return held
  }

  private func named(_ hold: HoldScript.Held, _ user: String) -> Hold {
    Hold(event: keys.event, user: UserID(user)!, number: hold.number, endsAt: hold.endsAt)
  }

  func release(_ hold: HoldScript.Held, as user: String) throws -> ReleaseScript.Outcome {
    try outcome(\.release, ReleaseScript.arguments(settings, at: estimate, named(hold, user)))
  }

  func confirm(_ hold: HoldScript.Held, as user: String) throws -> ConfirmScript.Outcome {
    try outcome(\.confirm, ConfirmScript.arguments(settings, at: estimate, named(hold, user)))
  }

  func map(after: Int64 = 0, limit: Int = 1000, knowing known: Int64? = nil) throws -> SeatPage {
    try outcome(
      \.map,
      MapScript.arguments(
        settings, at: estimate, after: after, limit: limit, knowing: known))
  }

  @discardableResult
  func furnish(
    _ seats: [String], plan: String = "p", begins: Bool = true
  ) throws -> FurnishScript.Outcome {
    try outcome(
      \.furnish,
      FurnishScript.arguments(
        settings, at: estimate, plan: plan, begins: begins, seats: seats))
  }

  @discardableResult
  func retire(_ seats: String..., plan: String = "p") throws -> RetireScript.Outcome {
    try outcome(\.retire, RetireScript.arguments(settings, at: estimate, plan: plan, seats: seats))
  }

  /// Looks after the seats as a back office does, once.
  func sweep(holdTTL: Duration? = nil) throws -> SweepScript.Reply {
    var settings = settings
    if let holdTTL { settings.holdTTL = holdTTL }
    return try call(\.sweep, SweepScript.arguments(settings, at: estimate))
  }

  func takeArguments(_ item: String, as user: String, grant: Grant? = nil) -> [Argument] {
    TakeScript.arguments(
      settings, at: estimate, item: ItemID(item)!, user: UserID(user)!,
      grant: grant.map(Pass.grant))
  }

  func take(_ item: String, as user: String, grant: Grant? = nil) throws -> TakeScript.Reply {
    try call(\.take, takeArguments(item, as: user, grant: grant))
  }

  /// A grant that began `age` seconds ago.
  func grant(_ user: String, age: Int64 = 0, lifetime: Int = 30) -> Grant {
    Grant(
      event: keys.event, user: UserID(user)!, admittedAt: now - age * 1_000_000,
      lifetimeSeconds: lifetime)
  }

  func supply(_ item: String, _ total: Int, itemLimit: Int = 100) throws -> SupplyOutcome {
    try call(
      \.supply,
      SupplyScript.arguments(
        settings, at: estimate, item: ItemID(item)!, total: total, itemLimit: itemLimit))
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
    try send("HGET", keys.status.text, seat).text.map { String($0.prefix { $0 != " " }) }
  }

  /// How many seats are available, by the inventory.
  func inventory() throws -> Int? {
    try send("GET", keys.forSale.inventory.text).integer.map { Int($0) }
  }

  /// Every sale that the stream has, in order, without its epoch.
  func deliveries() throws -> [[String]] {
    try (send("XRANGE", keys.stockStream.text, "-", "+").elements ?? [])
      .map { Array($0.elements?.last?.texts.dropFirst(2) ?? []) }
  }

  /// The whole map, counted without asking the scripts: available, held, sold.
  func census() throws -> [String: Int] {
    try send("HVALS", keys.status.text).texts.reduce(into: [:]) { counts, value in
      counts[String(value.prefix { $0 != " " }), default: 0] += 1
    }
  }

  /// Everything that is in the event's keys.
  func content() throws -> [RedisReply] {
    try (keys.sweep + keys.confirm + keys.stock).map { try send("DUMP", $0.text) }
  }
}

/// What Redis said instead of an answer.
struct ScriptError: Error, Equatable {
  let message: String
}
