import Redis
import TestSupport

@testable import Queue

/// One event whose people are inside, or come in, on a Redis of its own whose clock stands still until a
/// test moves it: the real scripts, called one by one.
///
/// For one thread at a time.
final class ScriptedSessions {
  let server: RedisServer
  let redis: RedisConnection
  let keys = EventKeys(EventID("e")!)
  var settings: QueueSettings
  /// What the last reply told.
  private(set) var head: ScriptHead?
  /// Redis time, µs.
  private(set) var now: Int64 = 1_800_000_000_000_000
  var nowMilliseconds: Int64 { now / 1000 }

  private static let clock = "test:clock"
  private let scripts: QueueScripts

  /// - Parameter mutate: Changes the scripts, for what must be found wrong then.
  init(
    _ settings: QueueSettings = QueueSettings(), mutate: @escaping (String) -> String = { $0 }
  ) throws {
    self.settings = settings
    scripts = QueueScripts(rewriting: {
      let time = "redis.call('HMGET', '\(Self.clock)', 'sec', 'usec')"
      return mutate($0.replacing("redis.call('TIME')", with: time))
    })
    server = try RedisServer()
    redis = try server.connect(timeout: .seconds(60))
    for script in scripts.all {
      try send(["SCRIPT", "LOAD", String(decoding: script.source, as: UTF8.self)])
    }
    try advance(.zero)
  }

  /// Moves the clock on.
  func advance(_ duration: Duration) throws {
    now += duration.microseconds
    try send(["HSET", Self.clock, "sec", "\(now / 1_000_000)", "usec", "\(now % 1_000_000)"])
  }

  @discardableResult
  func send(_ command: [String]) throws -> RedisReply {
    let reply = try redis.send(command)
    if case .error(let message) = reply { throw TestFailure(message) }
    return reply
  }

  private func call<Reply: ScriptReply>(
    _ script: KeyPath<QueueScripts, Script>, _ arguments: [Argument]
  ) throws -> Reply {
    let (script, keys) = (scripts[keyPath: script], keys.scriptKeys.map(\.text))
    let reply = try send(
      ["EVALSHA", script.sha1, "\(keys.count)"] + keys + arguments.map(\.testText))
    guard let read = try withReply(reply.encoded, { Reply($0) }) else {
      throw TestFailure("\(script) returned \(reply)")
    }
    return read
  }

  // MARK: People

  /// What a front knows that has seen the last reply.
  func known(inside: Int = 0, epoch: String = "") -> Knowledge {
    var known = Knowledge(tick: head?.progress ?? 0)
    (known.inside, known.epoch) = (inside, epoch)
    return known
  }

  @discardableResult
  func join(_ users: String...) throws -> [JoinScript.Answer] {
    let reply: JoinScript.Reply = try call(
      \.join,
      JoinScript.arguments(
        EventArguments(settings), Knowledge(), limit: 0, terms: .init(),
        refusesWhenSoldOut: false, users: users.map { UserID($0)! }))
    head = reply.head
    return reply.answers
  }

  /// Joins people and lets those in who are called: their grants, in that order.
  func admit(_ users: String...) throws -> [Grant] {
    var tokens: [WaitingToken] = []
    for user in users {
      guard case .joined(let ticket, _, _, _)? = try join(user).first else {
        throw TestFailure("\(user) could not join")
      }
      tokens.append(
        WaitingToken(
          event: keys.event, user: UserID(user)!, ticket: Ticket(microseconds: ticket)))
    }
    let reply: EnterScript.Reply = try call(
      \.enter, TicketScript.arguments(EventArguments(settings), Knowledge(), tokens: tokens))
    head = reply.head
    return try zip(users, reply.answers).map { user, answer in
      guard case .admitted(let at, _, _) = answer else { throw TestFailure("\(user): \(answer)") }
      return grant(user, at)
    }
  }

  func grant(_ user: String, _ at: Int64) -> Grant {
    Grant(
      event: keys.event, user: UserID(user)!, admittedAt: at,
      lifetimeSeconds: Int(settings.grantTTL.components.seconds))
  }

  /// People ask to enter, or say that they are there, with their tickets.
  func tokens(_ people: some Collection<(String, Int64)>) -> [WaitingToken] {
    people.map { user, ticket in
      WaitingToken(
        event: keys.event, user: UserID(user)!, ticket: Ticket(microseconds: ticket), stamp: now)
    }
  }

  func enter(
    _ people: some Collection<(String, Int64)>, knowing known: Knowledge
  ) throws -> [EnterScript.Answer] {
    let reply: EnterScript.Reply = try call(
      \.enter,
      TicketScript.arguments(EventArguments(settings), known, tokens: tokens(people)))
    head = reply.head
    return reply.answers
  }

  func resume(
    _ people: some Collection<(String, Int64)>, knowing known: Knowledge
  ) throws -> [ResumeScript.Answer] {
    let reply: ResumeScript.Reply = try call(
      \.resume,
      TicketScript.arguments(EventArguments(settings), known, tokens: tokens(people)))
    head = reply.head
    return reply.answers
  }

  /// Exchanges grants in one call.
  func exchange(
    _ grants: [Grant], knowing known: Knowledge = Knowledge()
  ) throws -> [SessionScript.Answer] {
    let reply: SessionScript.Reply = try call(
      \.session,
      SessionScript.arguments(
        EventArguments(settings), known, sessionMax: settings.sessionMax, grants: grants))
    head = reply.head
    return reply.answers
  }

  func exchange(
    _ grant: Grant, knowing known: Knowledge = Knowledge()
  ) throws -> SessionScript.Answer {
    try exchange([grant], knowing: known)[0]
  }

  @discardableResult
  func pulse(
    _ news: [SessionNews] = [], ended: Int64 = 0, seen: [String] = [],
    knowing known: Knowledge = Knowledge()
  ) throws -> PulseScript.Reply {
    let reply: PulseScript.Reply = try call(
      \.pulse,
      PulseScript.arguments(
        EventArguments(settings), known, seen: seen.map { UserID($0)! }, ended: ended, news: news))
    head = reply.head
    return reply
  }

  func news(_ change: SessionNews.Change, _ grant: Grant, until: Int64 = 0) -> SessionNews {
    SessionNews(
      change: change, name: SessionName(user: grant.user, grantBegan: grant.admittedAt),
      until: until)
  }

  /// Parks, and says how many sessions were found to have expired.
  func park() throws -> Int {
    let reply: ParkScript.Reply = try call(
      \.park,
      ParkScript.arguments(
        EventArguments(settings), known(), presenceTTL: settings.presenceTTL, begins: true,
        watched: .zero))
    return reply.expiredSessions
  }

  /// Until when a person is inside, ms.
  func insideUntil(_ user: String) throws -> Int64? {
    try send(["ZSCORE", keys.inside.text, user]).text.flatMap { Double($0) }.map { Int64($0) }
  }

  /// What the audit trail's entries are about, in order.
  func trail() throws -> [String] {
    try (send(["XRANGE", keys.audit.text, "-", "+"]).elements ?? []).map { entry in
      let fields = entry.elements?.last?.texts ?? []
      return fields.firstIndex(of: "op").map { fields[$0 + 1] } ?? ""
    }
  }
}
