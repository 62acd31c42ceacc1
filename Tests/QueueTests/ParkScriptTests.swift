import TestSupport
import Testing

@testable import Queue

@Suite("park.lua")
struct ParkScriptTests {
  /// Calls five people for an hour, and parks after 60 s of silence: among the next five, after 15 s.
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(
      QueueSettings(admissionRate: 0, admissionBurst: 5, readyTTL: .seconds(3600)))
  }

  /// Five people who are called, and are never seen again: behind them no one is called.
  private let called = (0..<5).map { "c\($0)" }

  /// Who stands behind ``called``, in order; throws if one of those is gone.
  private func behind() throws -> [String] {
    let line = try event.line()
    guard line.starts(with: called) else { throw TestFailure("called people are gone: \(line)") }
    return Array(line.dropFirst(called.count))
  }

  /// Lets time pass in which these people poll once a second, and sidecars park as often: says how
  /// many were parked in all.
  @discardableResult
  private func pass(seconds: Int, polling users: [String] = []) throws -> Int {
    var people = 0
    for _ in 0..<seconds {
      try event.advance(.seconds(1))
      try event.pulse(users)
      if case .parked(let some, _, _) = try event.park() { people += some }
    }
    return people
  }

  private func people(_ range: Range<Int>) -> [String] { range.map { "p\($0)" } }

  // MARK: Who is absent

  @Test("whoever is silent for presence-ttl is parked, and comes back to the same place")
  func silent() throws {
    try event.join(people(0..<10))
    let ticket = try event.ticket(of: "silent")
    try event.join("behind")
    let others = people(0..<10) + ["behind"]
    #expect(try pass(seconds: 61, polling: others) == 0)
    #expect(try pass(seconds: 1, polling: others) == 1)
    #expect(try event.line() == others)
    #expect(try event.state("parked") == "1")
    #expect(try event.trail().last == "op park user silent ticket \(ticket)")
    #expect(
      try event.resume("silent", ticket) == .inLine(position: 11, length: 12, hasResumed: true))
    #expect(try event.line() == people(0..<10) + ["silent", "behind"])
  }

  @Test("whoever is called next and silent is parked after presence-head-ttl, and nobody else is")
  func silentHead() throws {
    try event.join(people(0..<12))
    #expect(try pass(seconds: 16, polling: ["p6"]) == 0)
    #expect(try pass(seconds: 1, polling: ["p6"]) == 4)
    // Now p10 and p11 are next, and have been silent for too long.
    #expect(try event.line() == people(0..<5) + ["p6", "p10", "p11"])
    #expect(try pass(seconds: 1, polling: ["p6"]) == 2)
    #expect(try event.line() == people(0..<5) + ["p6"])
  }

  @Test("whoever is called is not parked before the call ends, however silent")
  func calledAreNotParked() throws {
    event.settings.readyTTL = .seconds(90)
    try event.join(people(0..<5))
    #expect(try pass(seconds: 89) == 0)
    #expect(try event.line() == people(0..<5))
    #expect(try pass(seconds: 1) == 5)
  }

  @Test("a batch is bounded, and the next one takes the rest")
  func batches() throws {
    try event.join(called)
    for start in stride(from: 0, to: 2400, by: 200) {
      try event.join(people(start..<start + 200))
    }
    // The head goes first, after 15 s.
    try pass(seconds: 61)
    let before = try behind().count
    #expect(try pass(seconds: 1) == 1005)
    #expect(try behind().count == before - 1005)
    #expect(try pass(seconds: 2) == before - 1005)
    #expect(try event.send("ZRANGE", event.keys.seen.text, "0", "-1").texts == called)
  }

  @Test("those who are called hold up nobody's parking, however many of them are silent")
  func manyCalled() throws {
    event.settings.admissionBurst = 1100
    event.settings.presenceHeadTTL = .seconds(3600)
    // The called were seen first, so that they come before all others.
    for start in stride(from: 0, to: 1100, by: 100) {
      try event.join((start..<start + 100).map { "called \($0)" })
    }
    try event.advance(.milliseconds(1))
    for start in stride(from: 0, to: 1200, by: 200) {
      try event.join(people(start..<start + 200))
    }
    #expect(try event.pulse().called == 1100)
    #expect(try pass(seconds: 61) == 0)
    #expect(try pass(seconds: 1) == 1000)
    #expect(try event.park(begins: false) == .parked(200, forgotten: 0))
    #expect(try event.line().count == 1100)
    #expect(try event.pulse().called == 1100)
  }

  @Test("a round takes step after step, until there is no more")
  func steps() throws {
    try event.join(called)
    for start in stride(from: 0, to: 2400, by: 200) {
      try event.join(people(start..<start + 200))
    }
    let ticket = try event.ticket(of: "entered")
    try event.send("ZADD", event.keys.done.text, "\(ticket)", "entered")
    try pass(seconds: 4, polling: ["entered"])
    event.settings.presenceHeadTTL = .seconds(60)
    try pass(seconds: 58, polling: ["entered"])
    // The first step was the last of these: a batch, and the head.
    #expect(try behind().count == 1398)
    #expect(try event.park() == .notYet)
    guard case .parked(let some, 0, true) = try event.park(begins: false) else {
      throw TestFailure("there is no more")
    }
    #expect((1000...1005).contains(some))
    #expect(try event.park(begins: false) == .parked(1397 - some, forgotten: 0))
    #expect(try behind() == ["entered"])
  }

  @Test("a presence from the future, left by a clock that stepped back, counts from now")
  func presenceFromTheFuture() throws {
    try event.join(called + ["a", "b"])
    try pass(seconds: 20, polling: ["a", "b"])
    try event.advance(.seconds(-600))
    #expect(try pass(seconds: 16, polling: ["b"]) == 0)
    #expect(try pass(seconds: 2, polling: ["b"]) == 1)
    #expect(try behind() == ["b"])
  }

  @Test("while no one is admitted, the head is not in a hurry")
  func paused() throws {
    try event.join(called + people(0..<5))
    try event.set("state", "paused")
    #expect(try pass(seconds: 30) == 0)
    // They were told to poll as seldom as others until then.
    try event.set("state", "open")
    #expect(try pass(seconds: 16) == 0)
    #expect(try pass(seconds: 1) == 5)
    #expect(try behind() == [])
  }

  @Test("who has lost the presence entry gets the benefit of the doubt, and a new one")
  func presenceLost() throws {
    try event.join(called + ["a", "b"])
    try pass(seconds: 20, polling: ["a", "b"])
    try event.lose(event.keys.seen)
    #expect(try pass(seconds: 15, polling: ["b"]) == 0)
    #expect(try pass(seconds: 2, polling: ["b"]) == 1)
    #expect(try behind() == ["b"])
  }

  @Test("a presence from the future, left by a clock that stepped back, is corrected by a poll")
  func clockStepsBack() throws {
    try event.join(called + ["a", "b"])
    try pass(seconds: 20, polling: ["a", "b"])
    try event.advance(.seconds(-3600))
    #expect(try pass(seconds: 20, polling: ["a", "b"]) == 0)
    #expect(try pass(seconds: 17, polling: ["b"]) == 1)
    #expect(try behind() == ["b"])
  }

  // MARK: When

  @Test("whoever asks, it happens once a second")
  func gate() throws {
    try event.join("a")
    #expect(try event.park() == .parked(0, forgotten: 0))
    try event.advance(.microseconds(999_999))
    #expect(try event.park() == .notYet)
    try event.advance(.microseconds(1))
    #expect(try event.park() == .parked(0, forgotten: 0))
    try event.advance(.seconds(-60))
    #expect(try event.park() == .parked(0, forgotten: 0))
  }

  @Test("after an outage in which nobody could be seen, everyone's silence counts anew")
  func outage() throws {
    try event.join(called + ["a", "b", "c", "d", "e", "f"])
    try pass(seconds: 20, polling: ["a", "b", "c", "d", "e", "f"])
    try event.advance(.seconds(120))
    #expect(try pass(seconds: 15) == 0)
    #expect(try pass(seconds: 2) == 5)
    #expect(try behind() == ["f"])
    #expect(try pass(seconds: 1) == 1)
  }

  @Test("looks that are far apart are no outage for a sidecar that has watched all the while")
  func rareLooks() throws {
    try event.join(called + ["a", "b"])
    try event.advance(.seconds(8))
    try event.pulse("b")
    try event.advance(.seconds(8))
    #expect(try event.park(watching: .seconds(16)) == .parked(1, forgotten: 0, hasMore: true))
    #expect(try behind() == ["b"])
  }

  @Test("what others watched counts for a sidecar that has just begun, and no more after a gap")
  func newSidecar() throws {
    try event.join(called + ["a"])
    try event.advance(.seconds(14))
    #expect(try event.park(watching: .seconds(14)) == .parked(0, forgotten: 0))
    try event.advance(.seconds(5))
    #expect(try event.park() == .parked(1, forgotten: 0, hasMore: true))
    try event.join("b")
    try event.advance(.seconds(16))
    #expect(try event.park(watching: .seconds(3)) == .parked(0, forgotten: 0))
    #expect(try behind() == ["b"])
  }

  @Test("a clock that stepped forth makes no one absent, however long they were watched")
  func clockStepsForth() throws {
    try event.join(called + ["a"])
    try event.advance(.seconds(600))
    #expect(
      try event.park(
        watching: .seconds(3600), knowing: Knowledge(time: event.now - 600_000_000))
        == .parked(0, forgotten: 0))
    #expect(try behind() == ["a"])
  }

  @Test("silence from before a loss does not count")
  func afterLoss() throws {
    let ticket = try event.ticket(of: "a")
    try event.join("b")
    try event.advance(.seconds(100))
    // The index was lost and is made again: the ticket is older than it.
    try event.loseEverything()
    _ = try event.resume("a", ticket)
    try event.send("ZADD", event.keys.seen.text, "\(ticket / 1000)", "a")
    try event.advance(.seconds(14))
    #expect(try event.park(watching: .seconds(3600)) == .parked(0, forgotten: 0))
    try event.advance(.seconds(47))
    #expect(try event.park(watching: .seconds(3600)) == .parked(1, forgotten: 0))
  }

  @Test("a pause of five seconds between two calls is no outage")
  func shortPause() throws {
    try event.join(called + ["a"])
    try pass(seconds: 10)
    try event.advance(.seconds(4))
    #expect(try pass(seconds: 3) == 1)
  }

  @Test("goes on watching while Redis is out of memory, and makes room")
  func outOfMemory() throws {
    try event.join(called + people(0..<7))
    for second in 1...17 {
      try event.send("CONFIG", "SET", "maxmemory", "0")
      try event.advance(.seconds(1))
      try event.send("CONFIG", "SET", "maxmemory", "1")
      try event.pulse("p1")
      #expect(
        try event.park()
          == .parked(second == 17 ? 4 : 0, forgotten: 0, hasMore: second == 17))
    }
    #expect(try behind() == ["p1", "p5", "p6"])
  }

  // MARK: Coming back

  @Test("whoever was parked and joins again has the old place, closed and full as the event may be")
  func joinAgain() throws {
    try event.join(people(0..<5))
    let ticket = try event.ticket(of: "silent")
    try event.join("behind")
    let others = people(0..<5) + ["behind"]
    try pass(seconds: 62, polling: others)
    #expect(try event.line() == others)
    try event.set("state", "closed")
    #expect(
      try event.join("silent", "late", "silent", limit: 1)
        == [
          .waiting(ticket: ticket, position: 6), .closed, .waiting(ticket: ticket, position: 6),
        ])
    #expect(try event.line() == people(0..<5) + ["silent", "behind"])
    #expect(try event.trail().last == "op resume user silent ticket \(ticket)")
    #expect(try event.state("resumed") == "1")
    #expect(try event.state("joined") == "7")
    for key in [event.keys.parked, event.keys.places] {
      #expect(try event.send("EXISTS", key.text) == .integer(0))
    }
  }

  @Test("who has left, or whose ticket has lived its time, joins anew")
  func joinAnew() throws {
    try event.join(people(0..<5))
    let left = try event.ticket(of: "left")
    let expired = try event.ticket(of: "expired")
    try pass(seconds: 62, polling: people(0..<5))
    #expect(try event.leave("left", left) == .left)
    #expect(try event.ticket(of: "left") > left)
    event.settings.ticketTTL = .seconds(100)
    try event.send("ZADD", event.keys.parked.text, "\(event.now - 1)", "expired")
    try event.advance(.seconds(101))
    #expect(try event.resume("expired", expired) == .gone(.expired))
    #expect(try event.ticket(of: "expired") > expired)
  }

  @Test("a parked person's ticket lives for ticket-ttl after they were last seen")
  func livesOn() throws {
    event.settings.ticketTTL = .seconds(100)
    try event.join(people(0..<5))
    let ticket = try event.ticket(of: "a")
    try pass(seconds: 90, polling: people(0..<5) + ["a"])
    try pass(seconds: 62, polling: people(0..<5))
    #expect(try event.line() == people(0..<5))
    #expect(
      try event.resume("a", ticket) == .inLine(position: 6, length: 6, hasResumed: true))
  }

  @Test("what is known of parked people ends with their tickets, in bounded steps")
  func placesEnd() throws {
    event.settings.ticketTTL = .seconds(100)
    try event.join(called + people(0..<8))
    try pass(seconds: 62)
    #expect(try behind() == [])
    #expect(try event.send("HLEN", event.keys.places.text) == .integer(8))
    try pass(seconds: 100)
    #expect(try event.send("HLEN", event.keys.places.text) == .integer(0))
    #expect(try event.send("ZCARD", event.keys.parked.text) == .integer(0))
  }

  @Test("a place that was lost costs no more than the way by joining")
  func placeLost() throws {
    try event.join(people(0..<5))
    let ticket = try event.ticket(of: "a")
    try pass(seconds: 62, polling: people(0..<5))
    for key in [event.keys.parked, event.keys.places] { try event.lose(key) }
    #expect(
      try event.resume("a", ticket) == .inLine(position: 6, length: 6, hasResumed: true))
  }

  // MARK: What it leaves behind

  @Test("an event that nobody joined gets no keys")
  func noEvent() throws {
    #expect(try event.park() == .parked(0, forgotten: 0))
    #expect(try event.send("DBSIZE") == .integer(1))
    try event.set("rate", "3")
    #expect(try event.park() == .parked(0, forgotten: 0))
    #expect(try event.send("HLEN", event.keys.state.text) == .integer(1))
  }

  @Test("marks of who entered and left are kept as long as a ticket lives, and no longer")
  func marks() throws {
    let entered = try event.ticket(of: "entered")
    let left = try event.ticket(of: "left")
    #expect(try event.enter("entered", entered).isAdmitted)
    #expect(try event.leave("left", left) == .left)
    try event.advance(event.settings.ticketTTL)
    let later = try event.ticket(of: "later")
    #expect(try event.leave("later", later) == .left)
    #expect(try event.park() == .parked(0, forgotten: 0))
    try event.advance(.seconds(1))
    #expect(try event.park() == .parked(0, forgotten: 2))
    #expect(try event.send("ZRANGE", event.keys.done.text, "0", "-1").texts == ["later"])
    #expect(try event.resume("entered", entered) == .gone(.expired))
    #expect(try event.resume("left", left) == .gone(.expired))
  }

  @Test("those parked count as departures, and those who come back do not")
  func departures() throws {
    try event.join(called)
    let tickets = try people(0..<6).map { try event.ticket(of: $0) }
    #expect(try pass(seconds: 17) == 5)
    #expect(abs(try event.pulse().departures * 300 - 5) < 0.05)
    for number in 0..<4 { _ = try event.resume("p\(number)", tickets[number]) }
    #expect(abs(try event.pulse().departures * 300 - 1) < 0.05)
  }
}
