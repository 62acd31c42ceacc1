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
  /// What the last reply told of progress, nil if it looked for no loss, and of loss.
  private(set) var told: Int64?
  private(set) var loss: Loss?
  var progress: Int64 { told ?? 0 }
  /// Redis time, µs.
  private(set) var now: Int64 = 1_800_000_000_000_000

  /// Where the scripts look for the time instead of asking Redis.
  static let clock = "test:clock"
  static let scripts = QueueScripts(rewriting: withTestClock)

  /// A script's text, with that clock.
  static func withTestClock(_ text: String) -> String {
    text.replacing("redis.call('TIME')", with: "redis.call('HMGET', '\(clock)', 'sec', 'usec')")
  }

  private let scripts: QueueScripts

  init(
    _ settings: QueueSettings = QueueSettings(), redis arguments: [String] = [],
    scripts: QueueScripts = ScriptedEvent.scripts
  ) throws {
    self.settings = settings
    self.scripts = scripts
    server = try RedisServer(arguments)
    redis = try server.connect(timeout: .seconds(60))
    for script in scripts.all {
      let text = String(decoding: script.source, as: UTF8.self)
      try send("SCRIPT", "LOAD", text)
    }
    try setClock()
  }

  /// Empties Redis, but for the scripts, and sets the clock back to the beginning.
  func startOver(_ settings: QueueSettings) throws {
    self.settings = settings
    (told, loss) = (nil, nil)
    now = 1_800_000_000_000_000
    try send("FLUSHALL")
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

  private var arguments: EventArguments { EventArguments(settings) }

  /// Calls a script and reads what it returns, strictly; throws if it fails.
  private func call<Reply: ScriptReply>(
    _ script: KeyPath<QueueScripts, Script>, _ arguments: [Argument]
  ) throws -> Reply {
    let (script, keys) = (scripts[keyPath: script], keys.scriptKeys.map(\.text))
    let command = ["EVALSHA", script.sha1, "\(keys.count)"] + keys + arguments.map(\.testText)
    let reply = try send(command)
    guard let read = try withReply(reply.encoded, { Reply($0) }) else {
      throw TestFailure("\(script) returned \(reply)")
    }
    return read
  }

  /// Joins, as if all of the refill were used and no one went away.
  ///
  /// - Parameter known: Here and below: what the caller knows.
  @discardableResult
  func join(
    _ users: String..., knowing known: Knowledge = Knowledge(), limit: Int = 0
  ) throws -> [JoinScript.Answer] {
    try join(users, knowing: known, limit: limit)
  }

  @discardableResult
  func join(
    _ users: [String], knowing known: Knowledge = Knowledge(), limit: Int = 0,
    refuses: Bool = false,
    terms: Prospect.Terms = .init()
  ) throws -> [JoinScript.Answer] {
    let reply: JoinScript.Reply = try call(
      \.join,
      JoinScript.arguments(
        arguments, known, limit: limit, terms: terms,
        refusesWhenSoldOut: refuses, users: users.map { UserID($0)! }))
    take(reply.head)
    return reply.answers
  }

  /// Joins one person who is not there yet, and tells the ticket.
  @discardableResult
  func ticket(of user: String, knowing known: Knowledge = Knowledge()) throws -> Int64 {
    guard case .joined(let ticket, _, _, _)? = try join(user, knowing: known).first else {
      throw TestFailure("\(user) could not join")
    }
    return ticket
  }

  /// - Parameter stamp: Here and below: what the token says; nil for no more than the ticket.
  func resume(
    _ user: String, _ ticket: Int64, stamp: Int64? = nil, knowing known: Knowledge = Knowledge()
  ) throws -> Resumption {
    try resume(
      [ShownToken(user: user, ticket: ticket, stamp: stamp ?? ticket)], knowing: known)[0]
  }

  /// Many come back in one call.
  func resume(
    _ people: [ShownToken], knowing known: Knowledge = Knowledge()
  ) throws -> [Resumption] {
    let reply: ResumeScript.Reply = try call(
      \.resume, TicketScript.arguments(arguments, known, tokens: people.map(token)))
    take(reply.head)
    return reply.answers.map { answer in
      switch answer {
      case .inLine(let position, let hasResumed, let callLeft):
        .inLine(
          position: position, length: reply.length, rebuildUntil: reply.rebuildUntil,
          hasResumed: hasResumed, callLeft: callLeft)
      case .gone(let end): .gone(end)
      }
    }
  }

  private func token(_ shown: ShownToken) -> WaitingToken {
    WaitingToken(
      event: keys.event, user: UserID(shown.user)!, ticket: Ticket(microseconds: shown.ticket),
      stamp: shown.stamp)
  }

  func enter(
    _ user: String, _ ticket: Int64, stamp: Int64? = nil, knowing known: Knowledge = Knowledge()
  ) throws -> EnterScript.Answer {
    let person = ShownToken(user: user, ticket: ticket, stamp: stamp ?? ticket)
    return try enter([person], knowing: known).answers[0]
  }

  /// One person asks to enter, and is told to wait; nil if not.
  func denial(
    _ user: String, _ ticket: Int64, stamp: Int64? = nil, knowing known: Knowledge = Knowledge()
  ) throws -> Denial? {
    let person = ShownToken(user: user, ticket: ticket, stamp: stamp ?? ticket)
    return Denial(try enter([person], knowing: known))
  }

  /// Many ask to enter in one call.
  @discardableResult
  func enter(
    _ people: [ShownToken], knowing known: Knowledge = Knowledge()
  ) throws -> EnterScript.Reply {
    let reply: EnterScript.Reply = try call(
      \.enter, TicketScript.arguments(arguments, known, tokens: people.map(token)))
    take(reply.head)
    return reply
  }

  func leave(
    _ user: String, _ ticket: Int64, stamp: Int64? = nil, knowing known: Knowledge = Knowledge()
  ) throws -> LeaveScript.Outcome {
    let person = ShownToken(user: user, ticket: ticket, stamp: stamp ?? ticket)
    let reply: LeaveScript.Reply = try call(
      \.leave, TicketScript.arguments(arguments, known, tokens: [token(person)]))
    take(reply.head)
    return reply.content
  }

  /// - Parameters:
  ///   - begins: Whether it is the first step of a round.
  ///   - watched: For how long the caller has reached the event.
  func park(
    begins: Bool = true, watching watched: Duration = .zero, knowing known: Knowledge = Knowledge()
  ) throws -> ParkScript.Outcome {
    let reply: ParkScript.Reply = try call(
      \.park,
      ParkScript.arguments(
        arguments, known, presenceTTL: settings.presenceTTL, begins: begins, watched: watched))
    take(reply.head)
    return reply.content
  }

  @discardableResult
  func pulse(_ users: String..., knowing known: Knowledge = Knowledge()) throws -> LineSnapshot {
    try pulse(users, knowing: known)
  }

  @discardableResult
  func pulse(
    _ users: [String], news: [SessionNews] = [], knowing known: Knowledge = Knowledge()
  ) throws -> LineSnapshot {
    let users = users.map { UserID($0)! }
    let reply: PulseScript.Reply = try call(
      \.pulse, PulseScript.arguments(arguments, known, seen: users, news: news))
    take(reply.head)
    return reply.snapshot
  }

  /// Grants are exchanged in one call.
  func exchange(
    _ grants: [ShownGrant], knowing known: Knowledge = Knowledge()
  ) throws -> [SessionScript.Answer] {
    let seconds = Int(settings.grantTTL.components.seconds)
    let grants = grants.map {
      Grant(
        event: keys.event, user: UserID($0.user)!, admittedAt: $0.began, lifetimeSeconds: seconds)
    }
    let reply: SessionScript.Reply = try call(
      \.session,
      SessionScript.arguments(
        arguments, known, sessionMax: settings.sessionMax, grants: grants))
    take(reply.head)
    return reply.answers
  }

  private func take(_ head: ScriptHead) {
    (told, loss) = (head.progress, head.loss)
  }

  // MARK: Settings

  /// - Parameter version: The newest that the caller knows.
  @discardableResult
  func change(
    _ patch: SettingsPatch, if condition: SettingsCondition = .none, version: Int64 = 0,
    knowing known: Knowledge = Knowledge()
  ) throws -> SettingsScript.Change {
    let reply: HeadedReply<SettingsScript.Change> = try call(
      \.settings,
      SettingsScript.changing(
        arguments, known, patch, if: condition, version: version, author: author))
    take(reply.head)
    return reply.content
  }

  @discardableResult
  func delete(
    if condition: SettingsCondition = .none, version: Int64 = 0,
    knowing known: Knowledge = Knowledge()
  ) throws -> SettingsScript.Change {
    let reply: HeadedReply<SettingsScript.Change> = try call(
      \.settings,
      SettingsScript.deleting(arguments, known, if: condition, version: version, author: author))
    take(reply.head)
    return reply.content
  }

  /// Tells what is there then.
  @discardableResult
  func writeBack(
    _ stored: StoredSettings, knowing known: Knowledge = Knowledge()
  ) throws -> StoredSettings {
    let reply: HeadedReply<StoredSettings> = try call(
      \.settings, SettingsScript.writingBack(arguments, known, stored))
    take(reply.head)
    return reply.content
  }

  func reading(knowing known: Knowledge = Knowledge()) throws -> SettingsScript.Reading {
    let reply: HeadedReply<SettingsScript.Reading> = try call(
      \.settings, SettingsScript.reading(arguments, known))
    return reply.content
  }

  /// What a sidecar finds when it looks after the settings.
  func finding() throws -> SettingsWatch.Finding {
    let byHand = EventSettings.Field.byHand
    let stored = try send(["HMGET", keys.settings.text] + StoredSettings.hashFields)
    let state = try send(["HMGET", keys.state.text] + byHand.map(\.rawValue))
    guard let stored = try withReply(stored.encoded, { StoredSettings(hash: $0) }) else {
      throw TestFailure("HMGET returned \(stored)")
    }
    return .init(
      stored: stored,
      byHand: try withReply(state.encoded, { EventSettings(byHand, hash: $0) }))
  }

  // MARK: What operators do to people

  private var author: Author { Author(name: "operator", traceID: "trace") }

  @discardableResult
  func admit(
    _ user: String, knowing known: Knowledge = Knowledge()
  ) throws -> AdmitScript.Outcome {
    let reply: HeadedReply<AdmitScript.Outcome> = try call(
      \.admit, AdmitScript.arguments(arguments, known, UserID(user)!, by: author))
    take(reply.head)
    return reply.content
  }

  @discardableResult
  func remove(
    _ user: String, keepingOutFor duration: Duration = .zero,
    knowing known: Knowledge = Knowledge()
  ) throws -> RemoveScript.Outcome {
    let reply: HeadedReply<RemoveScript.Outcome> = try call(
      \.remove,
      RemoveScript.arguments(
        arguments, known, UserID(user)!, keepingOutFor: duration, by: author))
    take(reply.head)
    return reply.content
  }

  /// - Parameter passing: What the last step said; nil for the first.
  @discardableResult
  func reset(
    passing: Int? = nil, knowing known: Knowledge = Knowledge()
  ) throws -> ResetScript.Outcome {
    let reply: HeadedReply<ResetScript.Outcome> = try call(
      \.reset, ResetScript.arguments(arguments, known, passing: passing, by: author))
    take(reply.head)
    return reply.content
  }

  func person(_ user: String) throws -> Person {
    let reply: HeadedReply<FindScript.People> = try call(
      \.find, FindScript.person(arguments, Knowledge(), UserID(user)!))
    guard let person = reply.content.people.first else { throw TestFailure("nobody") }
    return person
  }

  func head(passing: Int = 0, limit: Int) throws -> [Person] {
    let reply: HeadedReply<FindScript.People> = try call(
      \.find, FindScript.head(arguments, Knowledge(), passing: passing, limit: limit))
    return reply.content.people
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

  /// When the index was made or last lost people, µs; 0 if nothing is saved.
  var created: Int64 {
    get throws { try state("created").flatMap { Int64($0) } ?? 0 }
  }

  /// What Redis holds of calls: who is called, how many calls ended without them, no-shows, who is inside,
  /// which sessions have ended; times as they are there.
  func calls() throws -> [[String: String]] {
    let keys = keys
    let replies = try redis.send(pipeline: [
      ["ZRANGE", keys.ready.text, "0", "-1", "WITHSCORES"], ["HGETALL", keys.calls.text],
      ["ZRANGE", keys.noShows.text, "0", "-1", "WITHSCORES"],
      ["ZRANGE", keys.inside.text, "0", "-1", "WITHSCORES"],
      ["ZRANGE", keys.ended.text, "0", "-1", "WITHSCORES"],
    ])
    return replies.map { reply in
      let texts = reply.texts
      return Dictionary(
        uniqueKeysWithValues: stride(from: 0, to: texts.count, by: 2).map {
          (texts[$0], texts[$0 + 1])
        })
    }
  }

  /// Who waits, in order.
  func line() throws -> [String] {
    try send("ZRANGE", keys.waiting.text, "0", "-1").texts
  }

  /// The audit trail: each entry's fields in a line of text, but for the epoch.
  func trail() throws -> [String] {
    try trailFields().map { $0.dropFirst(2).joined(separator: " ") }
  }

  /// The epochs of the audit trail's entries.
  func trailEpochs() throws -> [String] { try trailFields().map { $0[1] } }

  private func trailFields() throws -> [[String]] {
    try (send("XRANGE", keys.audit.text, "-", "+").elements ?? []).map { entry in
      entry.elements?.last?.texts ?? []
    }
  }

  /// Loses everything of the event, as FLUSHALL or a failover does, but keeps the clock.
  func loseEverything() throws {
    for key in keys.scriptKeys { try lose(key) }
  }

  func lose(_ key: Key) throws {
    try send("DEL", key.text)
  }

  /// Keeps what the event's keys hold, as a dump or a replica does.
  func takeSnapshot() throws {
    for key in keys.scriptKeys { try copy(key.text, to: "kept:\(key.text)") }
  }

  /// Goes back to what was kept; to nothing, if nothing was.
  func rollBack() throws {
    for key in keys.scriptKeys { try copy("kept:\(key.text)", to: key.text) }
  }

  private func copy(_ source: String, to target: String) throws {
    try send("DEL", target)
    try send("COPY", source, target)
  }
}

/// What became of a person who came back.
enum Resumption: Equatable {
  /// `callLeft` for how many ms the person is called yet.
  case inLine(
    position: Int, length: Int, rebuildUntil: Int64 = 0, hasResumed: Bool, callLeft: Int64 = 0)
  case gone(GoneTicket)

  /// The answer to a person who is not inside.
  static func gone(_ end: TicketEnd) -> Self { .gone(GoneTicket(end: end)) }
}

/// What Redis said instead of an answer.
struct ScriptError: Error, Equatable {
  let message: String
}
