import Redis
import TestSupport
import Testing

@testable import Queue

@Suite("Every script")
struct ScriptSafetyTests {
  private let event: ScriptedEvent
  /// `waits` is called, `silent` and `behind` wait, `parked` and `early` do not stand in line; `entered` and `left` are gone.
  private let tickets: [String: Int64]

  init() throws {
    let event = try ScriptedEvent(QueueSettings(admissionRate: 0, admissionBurst: 2))
    self.event = event
    let users = ["waits", "entered", "silent", "left", "parked", "behind", "early"]
    tickets = Dictionary(uniqueKeysWithValues: try users.map { ($0, try event.ticket(of: $0)) })
    #expect(try event.leave("left", tickets["left"] ?? 0) == .left)
    #expect(try event.enter("entered", tickets["entered"] ?? 0).isAdmitted)
    _ = try event.park()
    for user in ["parked", "early"] {
      try event.send("ZREM", event.keys.waiting.text, user)
      try event.send("ZREM", event.keys.seen.text, user)
    }
    for _ in 0..<15 {
      try event.advance(.seconds(1))
      try event.pulse("waits", "behind")
      if try event.park() != .parked(0, forgotten: 0) { Issue.record("too early") }
    }
    try event.advance(.seconds(1))
  }

  /// Something that a script does, in a state in which it writes.
  enum Operation: CaseIterable {
    case join, resume, resumeExpired, enter, enterEarly, leave, leaveAbsent, pulse, park, change
    case admit, remove, reset

    /// Whether it needs room: a person who comes into line does.
    var needsMemory: Bool {
      switch self {
      case .join, .resume, .enterEarly: true
      case .resumeExpired, .enter, .leave, .leaveAbsent, .pulse, .park, .change: false
      case .admit, .remove, .reset: false
      }
    }
  }

  /// Does it; true if that came of it which should.
  private func run(_ operation: Operation) throws -> Bool {
    func ticket(_ user: String) throws -> Int64 { try #require(tickets[user]) }
    switch operation {
    case .join: return try event.join("new", "newer").count == 2
    case .resume:
      return try event.resume("parked", ticket("parked"))
        == .inLine(position: 3, length: 4, hasResumed: true)
    case .resumeExpired:
      let ttl = event.settings.ticketTTL
      event.settings.ticketTTL = .seconds(1)
      defer { event.settings.ticketTTL = ttl }
      return try event.resume("silent", ticket("silent")) == .gone(.expired)
    case .enter: return try event.enter("waits", ticket("waits")).isAdmitted
    case .enterEarly: return try event.denial("early", ticket("early"))?.position == 4
    case .leave: return try event.leave("waits", ticket("waits")) == .left
    case .leaveAbsent: return try event.leave("parked", ticket("parked")) == .left
    case .pulse: return try event.pulse("waits").length == 3
    case .park: return try event.park() == .parked(1, forgotten: 0, hasMore: true)
    case .change:
      guard case .changed = try event.change(SettingsPatch([.rate: "5"])) else { return false }
      return true
    case .admit:
      return try event.admit("behind") == .called(position: 3, callLeft: 60_000, isNew: true)
    case .remove:
      return try event.remove("waits", keepingOutFor: .seconds(60))
        == .removed(.waiting, until: event.now / 1000 + 60_000)
    case .reset:
      return try event.reset() == .step(Removed(waiting: 3, inside: 1), next: nil)
    }
  }

  /// Everything that is in the event's keys.
  private func content() throws -> [RedisReply] {
    try event.keys.scriptKeys.map { try event.send("DUMP", $0.text) }
  }

  // MARK: Failing

  @Test(
    "changes nothing if any of the event's keys is of a wrong type",
    arguments: Operation.allCases, [0, 1, 2, 3, 4, 9, 10, 11, 12, 13])
  func wrongType(operation: Operation, number: Int) throws {
    let key = event.keys.scriptKeys[number]
    try event.send("SET", key.text, "not a queue")
    let before = try content()
    #expect(
      throws: ScriptError.self, "\(key)", performing: { _ = try run(operation) })
    #expect(try content() == before)
  }

  @Test(
    "needs no memory, or changes nothing if there is none", arguments: Operation.allCases)
  func outOfMemory(operation: Operation) throws {
    try event.send("CONFIG", "SET", "maxmemory", "1")
    let before = try content()
    if operation.needsMemory {
      let error = try #require(throws: ScriptError.self) { _ = try run(operation) }
      #expect(error.message.hasPrefix("OOM "))
      #expect(try content() == before)
    } else {
      #expect(try run(operation))
      #expect(try content() != before)
    }
  }

  @Test("works on when a counter holds nonsense", arguments: Operation.allCases)
  func nonsenseCounters(operation: Operation) throws {
    for counter in ["joined", "resumed", "admitted", "left", "parked"] {
      try event.set(counter, "many")
    }
    #expect(try run(operation))
  }

  // MARK: Time to live

  @Test("leaves no key without a time to live", arguments: Operation.allCases)
  func timeToLive(operation: Operation) throws {
    for key in event.keys.scriptKeys { try event.send("EXPIRE", key.text, "10000") }
    #expect(try run(operation))
    try expectTimesToLive()
  }

  @Test(
    "gives a key that it must make again its time to live",
    arguments: Operation.allCases, [0, 1, 2, 3, 4, 9, 10, 11])
  func timeToLiveAgain(operation: Operation, number: Int) throws {
    try event.lose(event.keys.scriptKeys[number])
    // What a person may do then is another test's business.
    _ = try? run(operation)
    try expectTimesToLive()
  }

  @Test("a pulse gives every key its full time to live again, if anybody polls")
  func keepAlive() throws {
    for key in event.keys.scriptKeys.prefix(5) { try event.send("EXPIRE", key.text, "100") }
    try event.pulse()
    for key in event.keys.scriptKeys.prefix(5) {
      #expect(try event.send("TTL", key.text).integer == 100)
    }
    try event.pulse("waits")
    for key in event.keys.scriptKeys.prefix(5) {
      #expect(try #require(try event.send("TTL", key.text).integer) > 86_390)
    }
  }

  /// But for what operators set, which does not end with the line.
  private func expectTimesToLive() throws {
    for key in event.keys.scriptKeys where key != event.keys.settings {
      guard try event.send("EXISTS", key.text) == .integer(1) else { continue }
      let seconds = try #require(try event.send("TTL", key.text).integer)
      #expect((1...86_400).contains(seconds), "\(key)")
    }
  }

  // MARK: Numbers

  @Test("writes whole numbers as digits until the year 2255")
  func digits() throws {
    let event = try ScriptedEvent(QueueSettings(admissionRate: 1e-7, admissionBurst: 3))
    // 1,000 s before the last number that a double tells from the next one.
    try event.advance(.microseconds((1 << 53) - 1_000_000_000 - event.now))
    for round in 0..<3 {
      try event.advance(.seconds(17))
      let users = (0..<5).map { "p\(round)-\($0)" }
      let first = event.now
      let answers = try event.join(users)
      #expect(answers.first == .joined(ticket: first, position: 1, eta: .called, callLeft: 60_000))
      for (number, user) in users.enumerated() {
        let ticket = first + Int64(number)
        switch number {
        case 0: #expect(try event.enter(user, ticket).isAdmitted)
        case 1: #expect(try event.leave(user, ticket) == .left)
        default: #expect(try event.resume(user, ticket) != .gone(.expired))
        }
      }
      try event.pulse(users)
      for user in users.dropFirst(2) { _ = try event.leave(user, first + 4) }
      _ = try event.park()
    }
    // The bucket and the averages are no whole numbers, and are written so that they are read exactly.
    let exact = ["tokens", "depart_5m", "admit_1m", "admit_5m", "admit_15m"]
    let fields = try event.send("HKEYS", event.keys.state.text).texts.filter { !exact.contains($0) }
    let values =
      try event.send(["HMGET", event.keys.state.text] + fields).texts
      + event.send("ZRANGE", event.keys.done.text, "0", "-1", "WITHSCORES").texts
      + event.trail()
    for value in values { #expect(!value.contains(/[0-9]e[+-]?[0-9]/), "\(value)") }
    #expect(try #require(event.state("last")?.count) == 16)
  }

  // MARK: Their text

  @Test("luacheck finds nothing wrong in them", arguments: QueueScripts().all.map(\.name))
  func lint(name: String) throws {
    let script = try #require(QueueScripts().all.first { $0.name == name })
    let problems = try LuaCheck.problems(in: script.source)
    #expect(problems == "", "\(problems)")
  }
}
