import Testing

@testable import Queue

@Suite("resume.lua")
struct ResumeScriptTests {
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(QueueSettings(admissionRate: 0, admissionBurst: 100))
  }

  @Test("who is in line is told the place, and nothing changes")
  func inPlace() throws {
    try event.join("a", "b")
    let before = try event.trail()
    try event.advance(.seconds(1))
    #expect(
      try event.resume("b", event.now - 999_999)
        == .inLine(position: 2, length: 2, hasResumed: false, callLeft: 59_000))
    #expect(try event.trail() == before)
  }

  @Test("who was parked comes back to the same place")
  func parked() throws {
    let tickets = try ["a", "b", "c"].map { try event.ticket(of: $0) }
    try event.send("ZREM", event.keys.waiting.text, "b")
    try event.send("ZREM", event.keys.seen.text, "b")
    #expect(
      try event.resume("b", tickets[1])
        == .inLine(position: 2, length: 3, hasResumed: true, callLeft: 60_000))
    #expect(try event.line() == ["a", "b", "c"])
    #expect(try event.state("resumed") == "1")
    #expect(try event.trail().last == "op resume user b ticket \(tickets[1])")
    #expect(
      try event.send("ZSCORE", event.keys.seen.text, "b").text == "\(event.now / 1000)")
  }

  @Test("of two tickets of a person the older one wins, and there is one place")
  func olderTicketWins() throws {
    let old = try event.ticket(of: "a")
    try event.ticket(of: "b")
    try event.send("ZREM", event.keys.waiting.text, "a")
    let young = try event.ticket(of: "a")
    #expect(try event.line() == ["b", "a"])
    try event.lose(event.keys.seen)
    #expect(
      try event.resume("a", old)
        == .inLine(position: 1, length: 2, hasResumed: true, callLeft: 60_000))
    #expect(try event.line() == ["a", "b"])
    #expect(try event.send("TTL", event.keys.seen.text).integer == 86_400)
    #expect(
      try event.resume("a", young)
        == .inLine(position: 1, length: 2, hasResumed: false, callLeft: 60_000))
    #expect(try event.line() == ["a", "b"])
  }

  @Test("a ticket that has expired ends its own place")
  func expired() throws {
    let ticket = try event.ticket(of: "a")
    try event.advance(event.settings.ticketTTL)
    #expect(try event.resume("a", ticket) == .inLine(position: 1, length: 1, hasResumed: false))
    try event.advance(.microseconds(1))
    #expect(try event.resume("a", ticket) == .gone(.expired))
    #expect(try event.line() == [])
    #expect(try event.send("ZCARD", event.keys.seen.text) == .integer(0))
  }

  @Test("a ticket lives for ticket-ttl after its bearer was last seen in line")
  func lives() throws {
    let ticket = try event.ticket(of: "a")
    for _ in 0..<4 {
      try event.advance(event.settings.ticketTTL)
      try event.pulse("a")
    }
    #expect(try event.resume("a", ticket) == .inLine(position: 1, length: 1, hasResumed: false))
    try event.advance(event.settings.ticketTTL + .milliseconds(1))
    #expect(try event.resume("a", ticket) == .gone(.expired))
    #expect(try event.line() == [])
  }

  @Test("who was parked late, or lost, comes back by the stamp of the token")
  func stamps() throws {
    let ticket = try event.ticket(of: "a")
    try event.join("b")
    let ttl = event.settings.ticketTTL
    for _ in 0..<4 {
      try event.advance(ttl)
      try event.pulse("a", "b")
    }
    let stamp = event.now
    try event.send("ZREM", event.keys.waiting.text, "a")
    try event.send("ZREM", event.keys.seen.text, "a")
    try event.advance(ttl)
    #expect(try event.resume("a", ticket) == .gone(.expired))
    #expect(
      try event.resume("a", ticket, stamp: stamp)
        == .inLine(position: 1, length: 2, hasResumed: true))
    try event.loseEverything()
    #expect(try event.denial("a", ticket, stamp: stamp)?.position == 1)

    try event.loseEverything()
    try event.advance(.milliseconds(1))
    #expect(try event.resume("a", ticket, stamp: stamp) == .gone(.expired))
    #expect(try event.enter("a", ticket, stamp: stamp) == .gone(.expired))
    #expect(try event.leave("a", ticket, stamp: stamp) == .gone(.expired))
    // A sign of life that is yet to come, since the clock has stepped back, counts as now.
    #expect(try event.leave("a", ticket, stamp: event.now + 3_600_000_000) == .left)
  }

  @Test("being seen by a younger ticket does not bring an older one back to life")
  func seenByYounger() throws {
    // No one is called.
    try event.set("state", "paused")
    let old = try event.ticket(of: "a")
    try event.join("b")
    try event.send("ZREM", event.keys.waiting.text, "a")
    let young = try event.ticket(of: "a")
    try event.advance(event.settings.ticketTTL + .seconds(1))
    try event.pulse("a", "b")
    #expect(try event.resume("a", old) == .gone(.expired))
    #expect(try event.resume("a", young) == .inLine(position: 2, length: 2, hasResumed: false))
  }

  @Test("a ticket that has expired leaves a younger place of the same person alone")
  func expiredBesideYounger() throws {
    let old = try event.ticket(of: "a")
    try event.send("ZREM", event.keys.waiting.text, "a")
    try event.advance(.seconds(3600))
    let young = try event.ticket(of: "a")
    try event.advance(event.settings.ticketTTL - .seconds(60))
    #expect(try event.resume("a", old) == .gone(.expired))
    // The first of them stood alone: that the index was empty was taken for a loss.
    #expect(
      try event.resume("a", young)
        == .inLine(
          position: 1, length: 1, rebuildUntil: young + 25_000_000, hasResumed: false))
  }

  @Test("a ticket that was used is dead, one of a later join is not")
  func used() throws {
    let first = try event.ticket(of: "a")
    #expect(try event.enter("a", first).isAdmitted)
    let inside = GoneTicket(end: .admitted, insideUntil: event.now / 1000 + 30_000)
    #expect(try event.resume("a", first) == .gone(inside))
    try event.advance(.seconds(31))
    #expect(try event.resume("a", first) == .gone(.admitted))
    let second = try event.ticket(of: "a")
    #expect(try event.leave("a", second) == .left)
    #expect(try event.resume("a", second) == .gone(.left))
    // That the person left later, with another ticket, does not undo the admission.
    #expect(try event.resume("a", first) == .gone(.admitted))
    let third = try event.ticket(of: "a")
    #expect(
      try event.resume("a", third)
        == .inLine(position: 1, length: 1, hasResumed: false, callLeft: 60_000))
  }
}
