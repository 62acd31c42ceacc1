import Redis
import Testing

@testable import Queue

@Suite("When Redis loses what it knew")
struct LossTests {
  /// No one is admitted for 25 s after a loss.
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(QueueSettings(admissionRate: 10, admissionBurst: 3))
  }

  private func tickets(_ users: [String]) throws -> [(user: String, ticket: Int64)] {
    try users.map { ($0, try event.ticket(of: $0)) }
  }

  // MARK: Everything

  @Test("those who waited come back in their order, last first, and newcomers stand behind")
  func order() throws {
    let old = try tickets(["a", "b", "c", "d"])
    try event.loseEverything()
    try event.advance(.seconds(1))
    try event.join("new")
    for (user, ticket) in old.reversed() {
      #expect(try event.resume(user, ticket) != .gone(.expired))
    }
    #expect(try event.line() == ["a", "b", "c", "d", "new"])
  }

  @Test("newcomers stand behind those who are back, also when the new Redis' clock is behind")
  func clockBehind() throws {
    let old = try tickets(["a", "b"])
    try event.loseEverything()
    try event.advance(.seconds(-3600))
    _ = try event.resume("b", old[1].ticket)
    #expect(try event.ticket(of: "new") > old[1].ticket)
    _ = try event.resume("a", old[0].ticket)
    #expect(try event.line() == ["a", "b", "new"])
  }

  @Test("an old ticket shows the loss: nobody enters until the others had time to come back")
  func oldTicket() throws {
    let old = try tickets(["a", "b"])
    try event.loseEverything()
    try event.advance(.seconds(1))
    let rebuilt = event.now + 25_000_000
    let denial = try #require(try event.denial("b", old[1].ticket))
    #expect(denial.position == 1)
    #expect(denial.tokens == 0)
    #expect(denial.rebuildUntil == rebuilt)
    try event.advance(.seconds(20))
    let early = try #require(try event.denial("b", old[1].ticket))
    #expect(early.rebuildUntil == rebuilt)
    #expect(early.tokens == 3)
    _ = try event.resume("a", old[0].ticket)
    try event.advance(.microseconds(4_999_999))
    #expect(!(try event.enter("a", old[0].ticket).isAdmitted))
    try event.advance(.microseconds(1))
    #expect(try event.enter("a", old[0].ticket).isAdmitted)
    #expect(try event.enter("b", old[1].ticket).isAdmitted)
  }

  @Test("a caller that knew an older index shows the loss, before any old ticket does")
  func knownCreated() throws {
    try event.join("a")
    let known = Knowledge(tick: event.progress)
    try event.loseEverything()
    try event.advance(.seconds(1))
    let ticket = try event.ticket(of: "new", knowing: known)
    #expect(try event.created == event.now)
    let denial = try #require(try event.denial("new", ticket))
    #expect(denial.rebuildUntil == event.now + 25_000_000)
  }

  @Test("a caller that only looks shows the loss, too")
  func knownByPulse() throws {
    try event.join("a")
    let known = Knowledge(tick: event.progress)
    try event.loseEverything()
    try event.advance(.seconds(1))
    let ticket = try event.ticket(of: "new")
    try event.pulse(knowing: known)
    #expect(try event.denial("new", ticket)?.tokens == 0)
    // Noticed once: later pulses of this caller do not prolong it.
    try event.advance(.seconds(25))
    try event.pulse(knowing: known)
    #expect(try event.enter("new", ticket).isAdmitted)
  }

  @Test("a Redis that came back as it was before is found out, though newcomers went on from there")
  func rolledBack() throws {
    try event.join("a")
    try event.takeSnapshot()
    try event.advance(.seconds(1))
    try event.join("b")
    let known = Knowledge(tick: event.progress)
    try event.rollBack()
    try event.advance(.seconds(1))
    let ticket = try event.ticket(of: "new")
    try event.pulse(knowing: known)
    #expect(event.loss?.kind == .ticks)
    #expect(try event.denial("new", ticket)?.tokens == 0)
    try event.pulse(knowing: Knowledge(tick: event.progress))
    #expect(event.loss == nil)
  }

  @Test("who has just met the event calls nobody: others may know of what it was")
  func stranger() throws {
    let stranger = Knowledge(isStranger: true)
    try event.join("a")
    try event.advance(.seconds(3))
    let ticket = try event.ticket(of: "b", knowing: stranger)
    #expect(try event.denial("b", ticket, knowing: stranger)?.tokens == 0)
    #expect(try event.enter("b", ticket).isAdmitted)
  }

  @Test("who is called enters through one who just met the event, not where the store is unknown")
  func strangerAndTheCalled() throws {
    let ticket = try event.ticket(of: "a")
    try event.advance(.seconds(3))
    let unknown = Knowledge(storeLost: Knowledge.unknownStore, isStranger: true)
    #expect(try !event.enter("a", ticket, knowing: unknown).isAdmitted)
    #expect(try event.enter("a", ticket, knowing: Knowledge(isStranger: true)).isAdmitted)
  }

  @Test("who has just met the event calls at once where it is new")
  func strangerAtNewEvent() throws {
    let stranger = Knowledge(isStranger: true)
    #expect(try event.pulse(knowing: stranger).tokens == 3)
    let ticket = try event.ticket(of: "a", knowing: stranger)
    try event.advance(.seconds(2))
    #expect(try event.enter("a", ticket, knowing: stranger).isAdmitted)
  }

  @Test("who has just met the event sees by the store's epoch that it was lost")
  func strangerAfterLoss() throws {
    let lost = event.now
    try event.advance(.seconds(3))
    let stranger = Knowledge(storeLost: lost, isStranger: true)
    try event.ticket(of: "a", knowing: stranger)
    #expect(event.loss == Loss(kind: .epoch, since: lost))
  }

  @Test("a call that looks for no loss says nothing of how far the event is")
  func unseen() throws {
    let old = try event.ticket(of: "a")
    let known = Knowledge(tick: event.progress)
    #expect(try event.enter("a", old).isAdmitted)
    try event.ticket(of: "b")
    try event.advance(.seconds(1))
    // It is not its turn to park, the ticket is gone, and settings are read.
    _ = try event.park()
    #expect(try event.park(knowing: known) == .notYet)
    #expect(event.told == nil)
    #expect(try event.leave("a", old, knowing: known) == .gone(.admitted))
    #expect(event.told == nil)
    try event.writeBack(StoredSettings(), knowing: known)
    #expect(event.told == nil)
    let answer = try event.resume("a", old, knowing: known)
    #expect({ if case .gone(let gone) = answer { gone.end == .admitted } else { false } }())
    let told = event.told
    try event.pulse()
    #expect(told == event.told && event.progress > old)
  }

  @Test("an event that nobody knew admits its first person at once")
  func newEvent() throws {
    let ticket = try event.ticket(of: "a")
    #expect(try event.enter("a", ticket).isAdmitted)
  }

  @Test("an answer that saved nothing does not make its caller see a loss later")
  func nothingSaved() throws {
    try event.set("state", "closed")
    try event.join("a")
    #expect(event.progress == 0)
    #expect(try event.resume("a", 1) == .gone(.expired))
    #expect(event.progress == 0)
    try event.set("state", "open")
    try event.advance(.seconds(60))
    let ticket = try event.ticket(of: "a", knowing: Knowledge(tick: event.progress))
    #expect(try event.enter("a", ticket).isAdmitted)
  }

  @Test("a loss that is noticed long after it is over stops nobody")
  func noticedLate() throws {
    let old = try tickets(["a", "b"])
    try event.loseEverything()
    try event.advance(.seconds(1))
    try event.join("new")
    try event.advance(.seconds(30))
    #expect(try event.enter("b", old[1].ticket).isAdmitted)
  }

  @Test("a second loss is noticed as the first was")
  func twice() throws {
    let old = try tickets(["a"])
    for _ in 0..<2 {
      try event.loseEverything()
      try event.advance(.seconds(60))
      #expect(try event.denial("a", old[0].ticket)?.rebuildUntil == event.now + 25_000_000)
    }
  }

  @Test("whoever leaves right after a loss is gone")
  func leaveAfterLoss() throws {
    let old = try tickets(["a", "b"])
    try event.loseEverything()
    try event.advance(.seconds(1))
    #expect(try event.leave("a", old[0].ticket) == .left)
    #expect(try event.resume("a", old[0].ticket) == .gone(.left))
    let new = try event.ticket(of: "new")
    #expect(try event.denial("new", new)?.rebuildUntil == event.now + 25_000_000)
    #expect(try event.denial("b", old[1].ticket)?.rebuildUntil == event.now + 25_000_000)
  }

  // MARK: One key

  @Test("the index alone: the order stands, and nobody overtakes")
  func indexLost() throws {
    let old = try tickets(["a", "b", "c"])
    try event.lose(event.keys.waiting)
    try event.advance(.seconds(1))
    // No old ticket, no caller that knows anything: the state remembers that people waited.
    let new = try event.ticket(of: "new")
    #expect(try event.denial("new", new)?.rebuildUntil == event.now + 25_000_000)
    #expect(try event.denial("c", old[2].ticket)?.position == 1)
    for (user, ticket) in old { _ = try event.resume(user, ticket) }
    #expect(try event.line() == ["a", "b", "c", "new"])
    try event.advance(.seconds(25))
    #expect(try event.enter("a", old[0].ticket).isAdmitted)
  }

  @Test("the index alone, seen first by a pulse: every front hears of it")
  func indexLostSeenByPulse() throws {
    let old = try tickets(["a"])
    let created = try event.created
    try event.lose(event.keys.waiting)
    try event.advance(.seconds(1))
    let line = try event.pulse()
    #expect(line.created == event.now)
    #expect(line.created > created)
    #expect(line.rebuildUntil == event.now + 25_000_000)
    #expect(try event.denial("a", old[0].ticket)?.tokens == 0)
  }

  @Test("the index alone, seen first by whoever parks: it is not forgotten over that")
  func indexLostSeenByPark() throws {
    try event.join("a", "b")
    try event.lose(event.keys.waiting)
    try event.advance(.seconds(1))
    #expect(try event.park() == .parked(0, forgotten: 0))
    let new = try event.ticket(of: "new")
    #expect(try event.denial("new", new)?.rebuildUntil == event.now + 25_000_000)
  }

  @Test("an index that emptied because everyone went their way was not lost")
  func indexEmptied() throws {
    // Who is called is not parked before the call ends.
    event.settings.readyTTL = .seconds(1)
    let (a, b) = (try event.ticket(of: "a"), try event.ticket(of: "b"))
    let (c, d) = (try event.ticket(of: "c"), try event.ticket(of: "d"))
    #expect(try event.enter("a", a).isAdmitted)
    #expect(try event.leave("b", b) == .left)
    try event.send("ZADD", event.keys.seen.text, "0", "c")
    _ = try event.park()
    try event.advance(.seconds(4))
    for _ in 0..<15 {
      try event.advance(.seconds(1))
      try event.pulse("d")
      _ = try event.park()
    }
    #expect(try event.line() == ["d"])
    try event.advance(event.settings.ticketTTL + .seconds(1))
    #expect(try event.resume("d", d) == .gone(.expired))
    #expect(try event.line() == [])
    let e = try event.ticket(of: "e")
    #expect(try event.enter("e", e).isAdmitted)
    _ = c
  }

  @Test("the state alone: the order stands, and newcomers stand behind whatever the clock says")
  func stateLost() throws {
    let old = try tickets(["a", "b"])
    try event.lose(event.keys.state)
    try event.advance(.seconds(-3600))
    try event.join("new")
    #expect(try event.line() == ["a", "b", "new"])
    #expect(try event.denial("a", old[0].ticket)?.tokens == 0)
    try event.advance(.seconds(25))
    #expect(try event.enter("a", old[0].ticket).isAdmitted)
  }

  @Test("the trail alone: everything goes on")
  func trailLost() throws {
    let old = try tickets(["a", "b"])
    try event.lose(event.keys.audit)
    #expect(try event.enter("a", old[0].ticket).isAdmitted)
    #expect(try event.trail().count == 1)
  }

  @Test("the state, while the trail's last entry is from the future: the trail goes on")
  func trailFromTheFuture() throws {
    let old = try tickets(["a", "b"])
    try event.lose(event.keys.state)
    try event.lose(event.keys.waiting)
    try event.advance(.seconds(-3600))
    try event.join("new")
    _ = try event.resume("b", old[1].ticket)
    let entries = try event.trail().map { $0.prefix(12) }
    #expect(
      entries.filter { !$0.hasPrefix("op loss") && !$0.hasPrefix("op call") } == [
        "op join user", "op join user", "op join user", "op resume us",
      ])
    #expect(entries.contains { $0.hasPrefix("op loss") })
  }

  @Test("the marks alone: everything goes on")
  func marksLost() throws {
    let old = try tickets(["a", "b"])
    #expect(try event.enter("a", old[0].ticket).isAdmitted)
    try event.lose(event.keys.done)
    #expect(try event.enter("b", old[1].ticket).isAdmitted)
  }

  @Test("presence alone: those who poll stay where they are")
  func presenceLost() throws {
    let old = try tickets(["a", "b", "c", "d"])
    try event.lose(event.keys.seen)
    for _ in 0..<120 {
      try event.advance(.seconds(1))
      try event.pulse(old.map(\.user))
      #expect(try event.park() == .parked(0, forgotten: 0))
    }
    #expect(try event.line() == ["a", "b", "c", "d"])
  }
}
