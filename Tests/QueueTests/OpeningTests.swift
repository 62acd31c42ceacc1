import Testing

@testable import Queue

@Suite("The opening of an event")
struct OpeningTests {
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(QueueSettings(admissionRate: 2, admissionBurst: 3))
  }

  /// Sets times, so many seconds from now, and tells what came of it.
  @discardableResult
  private func set(_ times: [EventSettings.Field: Int64]) throws -> SettingsScript.Change {
    let texts = times.mapValues { "\(event.now / 1000 + $0 * 1000)" as String? }
    return try event.change(SettingsPatch(texts))
  }

  private func called() throws -> Set<String> { Set(try event.calls()[0].keys) }

  @Test("nobody joins before prequeue_at, and is told when; nobody is called before opens_at")
  func opening() throws {
    try set([.prequeueAt: 60, .opensAt: 120])
    let prequeue = event.now / 1000 + 60_000
    #expect(
      try event.join("a", "b") == [.upcoming(joinsAt: prequeue), .upcoming(joinsAt: prequeue)])
    #expect(try event.send("EXISTS", event.keys.waiting.text) == .integer(0))
    try event.advance(.microseconds(59_999_999))
    #expect(try event.join("a") == [.upcoming(joinsAt: prequeue)])
    try event.advance(.microseconds(1))
    let people = ["a", "b", "c", "d", "e"]
    for (place, answer) in try event.join(people).enumerated() {
      guard case .joined(_, place + 1, let eta, 0) = answer else { return #expect(Bool(false)) }
      #expect(eta.seconds == (place < 3 ? 60 : 61) && eta.reason == .opening)
    }
    try event.advance(.microseconds(59_999_999))
    let before = try event.pulse()
    #expect(before.state == .upcoming && before.called == 0 && before.usableTokens == 0)
    #expect(before.opensAt == event.now + 1 && before.closesAt == .max)
    _ = try event.park()
    #expect(try called().isEmpty)
    try event.advance(.microseconds(1))
    // The bucket is full: as many come in at once as the shop said it can bear.
    let line = try event.pulse()
    #expect(line.state == .open && line.called == 3)
    #expect(try called() == ["a", "b", "c"])
  }

  @Test("without opens_at an event opens when people may join")
  func noOpening() throws {
    try set([.prequeueAt: 60])
    #expect(try event.pulse().state == .upcoming)
    try event.advance(.seconds(60))
    try event.join("a")
    #expect(try called() == ["a"])
  }

  @Test("the time is Redis', unless its clock has stepped")
  func steppedClock() throws {
    try set([.opensAt: 60])
    try event.join("a")
    var known = Knowledge(time: event.now)
    try event.advance(.seconds(3600))
    #expect(try event.pulse([], knowing: known).state == .upcoming)
    #expect(try called().isEmpty)
    known.time += 60_000_000
    try event.pulse([], knowing: known)
    #expect(try called() == ["a"])
  }

  @Test("from closes_at on nobody joins or is called; who is called may enter")
  func closing() throws {
    try set([.closesAt: 10])
    let tickets = try ["a", "b", "c", "d", "e"].map { try event.ticket(of: $0) }
    try event.advance(.microseconds(9_999_999))
    #expect(try event.enter("a", tickets[0]).isAdmitted)
    try event.advance(.seconds(10))
    let line = try event.pulse()
    #expect(line.state == .closed && line.usableTokens == 0)
    #expect(try called() == ["b", "c"])
    #expect(try event.join("f") == [.closed])
    #expect(try event.enter("b", tickets[1]).isAdmitted)
    #expect(try event.enter("d", tickets[3]) == .notReady(position: 2))
  }

  @Test("whoever is called stays called where the opening is moved, and can enter")
  func promise() throws {
    let ticket = try event.ticket(of: "a")
    try set([.opensAt: 60])
    #expect(try event.pulse().state == .upcoming)
    #expect(try event.enter("a", ticket).isAdmitted)
    try event.join("b")
    #expect(try called().isEmpty)
  }

  @Test("an event that is closed before it opens takes nobody, and calls nobody before it opens")
  func closedEarly() throws {
    try set([.opensAt: 60])
    try event.join("a")
    _ = try event.change(SettingsPatch([.state: "closed"]))
    #expect(try event.pulse().state == .closed)
    #expect(try event.join("b") == [.closed])
    #expect(try called().isEmpty)
    try event.advance(.seconds(60))
    try event.pulse()
    #expect(try called() == ["a"])
  }

  @Test("a pause that ends after the opening ends with an empty bucket")
  func pausedOverTheOpening() throws {
    try set([.opensAt: 60])
    try event.join("a")
    _ = try event.change(SettingsPatch([.state: "paused"]))
    try event.advance(.seconds(61))
    #expect(try event.pulse().state == .paused)
    _ = try event.change(SettingsPatch([.state: nil]))
    #expect(try event.pulse().called == 0)
    try event.advance(.milliseconds(500))
    #expect(try event.pulse().called == 1)
  }

  @Test("who polled as told before the opening is called, and not parked")
  func presence() throws {
    event.settings.presenceHeadTTL = .seconds(15)
    try set([.opensAt: 60])
    try event.join("a", "b")
    for second in 1...60 {
      try event.advance(.seconds(1))
      _ = try event.park(watching: .seconds(600))
      if second == 20 || second == 40 { try event.pulse("a", "b") }
    }
    #expect(try called() == ["a", "b"])
  }

  @Test(
    "times that do not come one after another are refused, and pause the event if written by hand",
    arguments: [
      [60, 30, nil], [60, nil, 30], [nil, 60, 30], [30, 60, 45], [60, 30, 90],
    ] as [[Int64?]])
  func disorder(times: [Int64?]) throws {
    try event.join("a", "b", "c", "d")
    let now = event.now / 1000
    let fields = zip(EventSettings.Field.times, times).compactMap { field, time in
      time.map { (field, $0) }
    }
    #expect(try set(Dictionary(uniqueKeysWithValues: fields)) == .disordered)
    #expect(try event.pulse().state == .open)
    // One alone is fine, and the next is refused for its sake.
    try set([fields[0].0: fields[0].1])
    for (field, time) in fields {
      try event.send("HSET", event.keys.settings.text, field.rawValue, "\(now + time * 1000)")
    }
    #expect(try event.pulse().state == .paused)
    var watch = SettingsWatch()
    #expect(try !watch.found(event.finding(), of: event.keys.event, at: event.now).isEmpty)
    #expect(watch.nonsense(of: event.keys.event) == 1)
    // What else an operator changes is changed.
    guard case .changed = try event.change(SettingsPatch([.rate: "5"])) else {
      return #expect(Bool(false))
    }
    #expect(try event.pulse().state == .paused)
    let clear = Dictionary(uniqueKeysWithValues: fields.map { ($0.0, nil as String?) })
    guard case .changed = try event.change(SettingsPatch(clear)) else {
      return #expect(Bool(false))
    }
    #expect(try event.pulse().state == .open)
  }

  @Test("times that are the same are in order")
  func sameTimes() throws {
    guard case .changed = try set([.prequeueAt: 5, .opensAt: 5, .closesAt: 5]) else {
      return #expect(Bool(false))
    }
    #expect(try event.pulse().state == .upcoming)
    try event.advance(.seconds(5))
    #expect(try event.pulse().state == .closed)
  }

  @Test("the trail has times as Redis keeps them, and the log as people write them")
  func words() throws {
    guard case .changed(_, let after) = try set([.opensAt: 60]) else {
      return #expect(Bool(false))
    }
    #expect("\(after.settings)" == "opens_at=2027-01-15T08:01:00.000Z")
    #expect(try event.trail().last?.hasSuffix("after opens_at=1800000060000") == true)
  }
}
