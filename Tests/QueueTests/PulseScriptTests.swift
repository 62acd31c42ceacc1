import Testing

@testable import Queue

@Suite("pulse.lua")
struct PulseScriptTests {
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(QueueSettings(admissionRate: 4, admissionBurst: 20))
  }

  @Test("writes down who was seen, if they are in line")
  func presence() throws {
    try event.join("a", "b")
    let joined = event.now / 1000
    try event.advance(.seconds(7))
    try event.pulse("b", "stranger")
    let seen = event.keys.seen.text
    #expect(try event.send("ZSCORE", seen, "a").integer == joined)
    #expect(try event.send("ZSCORE", seen, "b").integer == joined + 7000)
    #expect(try event.send("ZCARD", seen) == .integer(2))
  }

  @Test("2,000 people fit into one call")
  func largest() throws {
    let users = (0..<2000).map { "p\($0)" }
    for start in stride(from: 0, to: 2000, by: 200) {
      try event.join(Array(users[start..<start + 200]))
    }
    try event.advance(.seconds(7))
    try event.pulse(users)
    let seen = "\(event.now / 1000)"
    #expect(try event.send("ZCOUNT", event.keys.seen.text, seen, seen) == .integer(2000))
  }

  @Test("brings the line as it is at this moment")
  func snapshot() throws {
    let ticket = try event.ticket(of: "a")
    try event.join("b", "c")
    #expect(try event.enter("a", ticket).isAdmitted)
    let entered = event.now
    try event.advance(.milliseconds(125))
    let line = try event.pulse()
    #expect(line.time == event.now)
    #expect(line.length == 2)
    #expect(line.created == entered)
    #expect(line.rebuildUntil == 0)
    // One is spent, and two hold what two are called for.
    #expect(line.tokens == 17.5)
    #expect(line.called == 2 && line.settled == 2 && line.inside == 1)
    #expect(line.calledTo == ticket + 3)
    #expect(line.noShows == 0 && line.overtakes == .init())
    #expect(line.callTime == event.now / 1000)
    #expect(line.rate == 4)
    #expect(line.burst == 20)
    #expect(line.state == .open)
    #expect(abs(line.admissions.oneMinute - 1 / 60.0) < 1e-6)
    #expect(line.admissions.updatedAt == entered)
  }

  @Test("who polls and lets the call end is a no-show")
  func noShow() throws {
    try event.join("a")
    _ = try event.park(watching: .seconds(60))
    for _ in 0..<65 {
      try event.advance(.seconds(1))
      try event.pulse("a")
      _ = try event.park(watching: .seconds(60))
    }
    let line = try event.pulse()
    #expect(line.noShows == 1 && line.called == 0)
  }

  @Test(
    "who could not enter, since no sidecar reached the event, is none and is called again",
    arguments: [true, false])
  func outage(pulseIsFirst: Bool) throws {
    try event.join("a")
    _ = try event.park(watching: .seconds(60))
    try event.advance(.seconds(1))
    try event.pulse("a")
    _ = try event.park(watching: .seconds(60))
    try event.advance(.seconds(90))
    if !pulseIsFirst { _ = try event.park() }
    let line = try event.pulse("a")
    #expect(line.noShows == 0 && line.called == 1)
  }

  @Test("of an event that nobody joined it brings a full bucket, and makes no keys")
  func noEvent() throws {
    let line = try event.pulse("a")
    #expect(line.created == 0)
    #expect(line.length == 0)
    #expect(line.tokens == 20)
    #expect(line.admissions.since == 0)
    #expect(try event.send("DBSIZE") == .integer(1))
  }

  @Test("each of the doors an operator can set arrives", arguments: ["open", "paused", "closed"])
  func doors(state: String) throws {
    try event.set("state", state)
    #expect(try event.pulse().state.rawValue == state)
  }

  @Test("tells how long the index is being rebuilt")
  func rebuilding() throws {
    try event.join("a")
    let known = Knowledge(tick: event.progress)
    try event.loseEverything()
    try event.advance(.seconds(1))
    try event.join("b", knowing: known)
    let line = try event.pulse()
    #expect(line.rebuildUntil == event.now + 25_000_000)
    #expect(line.tokens == 0)
  }
}
