import TestSupport

@testable import Queue
@testable import Redis

/// One event on a Redis of its own whose clock stands still until a test moves it: the real scripts,
/// called one by one, and what they leave behind.
///
/// For one thread at a time.
final class ScriptedEvent {
  let server: RedisServer
  let redis: RedisConnection
  let keys = EventKeys(EventID("e")!)
  var settings: QueueSettings
  /// `created` as the last answer told it, µs; 0 when it told that nothing is saved.
  private(set) var created: Int64 = 0
  /// Redis time, µs.
  private(set) var now: Int64 = 1_800_000_000_000_000

  /// Where the scripts look for the time instead of asking Redis.
  static let clock = "test:clock"
  static let scripts = QueueScripts {
    $0.replacing("redis.call('TIME')", with: "redis.call('HMGET', '\(clock)', 'sec', 'usec')")
  }

  init(_ settings: QueueSettings = QueueSettings(), redis arguments: [String] = []) throws {
    self.settings = settings
    server = try RedisServer(arguments)
    redis = try server.connect(timeout: .seconds(60))
    for script in Self.scripts.all {
      let text = String(decoding: script.source, as: UTF8.self)
      try send("SCRIPT", "LOAD", text)
    }
    try setClock()
  }

  // MARK: Time

  /// Moves the clock on, or back if `duration` is negative.
  func advance(_ duration: Duration) throws {
    now += duration.microseconds
    try setClock()
  }

  /// The command that sets the clock: for pipelines.
  static func clockCommand(_ time: Int64) -> [String] {
    ["HSET", clock, "sec", "\(time / 1_000_000)", "usec", "\(time % 1_000_000)"]
  }

  private func setClock() throws {
    try send(Self.clockCommand(now))
  }

  // MARK: Scripts

  /// The command that calls a script for this event: for pipelines.
  ///
  /// - Parameter known: The `created` that the caller saw last; 0 if it saw none.
  func command(
    _ script: KeyPath<QueueScripts, Script>, knowing known: Int64 = 0, _ own: [String]
  ) -> [String] {
    let preamble = ScriptPreamble(settings).arguments(knownCreated: known).map(\.testText)
    let keys = (script == \.park ? keys.allKeys : keys.scriptKeys).map(\.text)
    return ["EVALSHA", Self.scripts[keyPath: script].sha1, "\(keys.count)"] + keys + preamble + own
  }

  /// Calls a script; throws if it fails.
  @discardableResult
  func call(
    _ script: KeyPath<QueueScripts, Script>, knowing known: Int64 = 0, _ own: String...
  ) throws -> [RedisReply] {
    try call(script, knowing: known, own)
  }

  @discardableResult
  func call(
    _ script: KeyPath<QueueScripts, Script>, knowing known: Int64 = 0, _ own: [String]
  ) throws -> [RedisReply] {
    guard let reply = try send(command(script, knowing: known, own)).elements else {
      throw TestFailure("a script that returns no array")
    }
    return reply
  }

  /// Joins, with a promise of 1 s at the first place and a tenth of a second more for each further.
  @discardableResult
  func join(
    _ users: String..., knowing known: Int64 = 0, limit: Int = 0
  ) throws -> [JoinAnswer] {
    try join(users, knowing: known, limit: limit)
  }

  @discardableResult
  func join(
    _ users: [String], knowing known: Int64 = 0, limit: Int = 0, refuses: Bool = false
  ) throws -> [JoinAnswer] {
    let own = ["\(limit)", "1", "1.0", "0.1", refuses ? "1" : "0"] + users
    let reply = try call(\.join, knowing: known, own)
    created = try reply.integer(1)
    return try reply.dropFirst(2).map(JoinAnswer.init)
  }

  /// Joins one person who is not there yet, and tells the ticket.
  @discardableResult
  func ticket(of user: String, knowing known: Int64 = 0) throws -> Int64 {
    guard case .joined(let ticket, _, _)? = try join(user, knowing: known).first else {
      throw TestFailure("\(user) could not join")
    }
    return ticket
  }

  func resume(_ user: String, _ ticket: Int64, knowing known: Int64 = 0) throws -> ResumeAnswer {
    let reply = try call(\.resume, knowing: known, user, "\(ticket)")
    created = try reply.created
    return try ResumeAnswer(reply)
  }

  func enter(_ user: String, _ ticket: Int64, knowing known: Int64 = 0) throws -> EnterAnswer {
    let reply = try call(\.enter, knowing: known, user, "\(ticket)")
    created = try reply.created
    return try EnterAnswer(reply)
  }

  func leave(_ user: String, _ ticket: Int64, knowing known: Int64 = 0) throws -> LeaveAnswer {
    let reply = try call(\.leave, knowing: known, user, "\(ticket)")
    created = try reply.created
    return try LeaveAnswer(reply)
  }

  func park() throws -> ParkAnswer {
    let presence = settings.presenceTTL.microseconds / 1000
    let head = settings.presenceHeadTTL.microseconds / 1000
    return try ParkAnswer(try call(\.park, "\(presence)", "\(head)"))
  }

  @discardableResult
  func pulse(_ users: String..., knowing known: Int64 = 0) throws -> LineSnapshot {
    try pulse(users, knowing: known)
  }

  @discardableResult
  func pulse(_ users: [String], knowing known: Int64 = 0) throws -> LineSnapshot {
    try snapshot(try send(command(\.pulse, knowing: known, users)))
  }

  /// Reads a pulse as a front does.
  func snapshot(_ reply: RedisReply) throws -> LineSnapshot {
    let parser = ReplyParser(maxReplyBytes: 1 << 20)
    try reply.encoded.withUnsafeBytes { try parser.feed($0) }
    let snapshot = try parser.next().flatMap {
      LineSnapshot(pulse: $0)
    }
    guard let snapshot else { throw TestFailure("no snapshot: \(reply)") }
    return snapshot
  }

  // MARK: What is in Redis

  /// Sends a command; throws if Redis answers with an error.
  @discardableResult
  func send(_ command: String...) throws -> RedisReply {
    try send(command)
  }

  @discardableResult
  func send(_ command: [String]) throws -> RedisReply {
    let reply = try redis.send(command)
    if case .error(let message) = reply { throw ScriptError(message: message) }
    return reply
  }

  /// A field of the event's state.
  func state(_ field: String) throws -> String? {
    try send("HGET", keys.state.text, field).text
  }

  /// Sets a field of the event's state, as an operator does.
  func set(_ field: String, _ value: String) throws {
    try send("HSET", keys.state.text, field, value)
  }

  /// Who waits, in order.
  func line() throws -> [String] {
    try send("ZRANGE", keys.waiting.text, "0", "-1").texts
  }

  /// The audit trail: each entry's fields in a line of text.
  func trail() throws -> [String] {
    try (send("XRANGE", keys.audit.text, "-", "+").elements ?? []).map { entry in
      entry.elements?.last?.texts.joined(separator: " ") ?? ""
    }
  }

  /// Loses everything of the event, as FLUSHALL or a failover does, but keeps the clock.
  func loseEverything() throws {
    for key in keys.scriptKeys { try lose(key) }
  }

  func lose(_ key: Key) throws {
    try send("DEL", key.text)
  }
}

/// What Redis said instead of an answer.
struct ScriptError: Error, Equatable {
  let message: String
}

extension Argument {
  fileprivate var testText: String {
    switch self {
    case .text(let text): text
    case .integer(let integer): "\(integer)"
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}

extension RedisReply {
  /// The reply as Redis sent it.
  fileprivate var encoded: [UInt8] {
    switch self {
    case .status(let text): Array("+\(text)\r\n".utf8)
    case .error(let text): Array("-\(text)\r\n".utf8)
    case .integer(let integer): Array(":\(integer)\r\n".utf8)
    case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
    case .null: Array("$-1\r\n".utf8)
    case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(\.encoded)
    }
  }
}
