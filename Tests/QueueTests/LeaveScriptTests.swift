import Testing

@testable import Queue

@Suite("leave.lua")
struct LeaveScriptTests {
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent()
  }

  @Test("whoever leaves is gone, those behind move up, and repeating it changes nothing")
  func leaves() throws {
    let tickets = try ["a", "b", "c"].map { try event.ticket(of: $0) }
    #expect(try event.leave("b", tickets[1]) == .left)
    #expect(try event.line() == ["a", "c"])
    // Nobody is left to be called instead.
    #expect(try event.trail().last == "op leave user b ticket \(tickets[1])")
    let trail = try event.trail()
    #expect(try event.leave("b", tickets[1]) == .leftBefore)
    #expect(try event.trail() == trail)
    #expect(try event.state("left") == "1")
    #expect(try event.send("ZCARD", event.keys.seen.text) == .integer(2))
  }

  @Test("whoever is absent can leave, and does not come back")
  func absent() throws {
    let ticket = try event.ticket(of: "a")
    try event.send("ZREM", event.keys.waiting.text, "a")
    #expect(try event.leave("a", ticket) == .left)
    #expect(try event.resume("a", ticket) == .gone(.left))
  }

  @Test("leaving with one ticket ends all of a person's tickets so far")
  func olderTicket() throws {
    let old = try event.ticket(of: "a")
    try event.send("ZREM", event.keys.waiting.text, "a")
    let young = try event.ticket(of: "a")
    #expect(try event.leave("a", old) == .left)
    #expect(try event.line() == [])
    #expect(try event.resume("a", young) == .gone(.left))
  }

  @Test("a leave that is repeated after joining again leaves the new place alone")
  func repeatedAfterRejoin() throws {
    let old = try event.ticket(of: "a")
    #expect(try event.leave("a", old) == .left)
    let young = try event.ticket(of: "a")
    #expect(try event.leave("a", old) == .leftBefore)
    #expect(
      try event.resume("a", young)
        == .inLine(position: 1, length: 1, hasResumed: false, callLeft: 60_000))
  }

  @Test("whoever was admitted or whose ticket has expired has nothing to leave")
  func tooLate() throws {
    let admitted = try event.ticket(of: "a")
    #expect(try event.enter("a", admitted).isAdmitted)
    #expect(try event.leave("a", admitted) == .gone(.admitted))
    let expired = try event.ticket(of: "b")
    try event.advance(event.settings.ticketTTL + .seconds(1))
    #expect(try event.leave("b", expired) == .gone(.expired))
    #expect(try event.line() == [])
  }

  @Test("departures are averaged over five minutes, and count those who stood in line")
  func departures() throws {
    let tickets = try (0..<30).map { try event.ticket(of: "p\($0)") }
    for (number, ticket) in tickets.enumerated() {
      #expect(try event.leave("p\(number)", ticket) == .left)
    }
    #expect(abs(try event.pulse().departures - 0.1) < 0.001)
    try event.advance(.seconds(300))
    let ticket = try event.ticket(of: "absent")
    try event.send("ZREM", event.keys.waiting.text, "absent")
    #expect(try event.leave("absent", ticket) == .left)
    #expect(abs(try event.pulse().departures - 0.1 * 0.367879) < 0.001)
  }
}
