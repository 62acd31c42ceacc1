import TestSupport
import Testing

@testable import Queue

@Suite("enter.lua")
struct EnterScriptTests {
  /// One admission every two seconds, at most three at once.
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(QueueSettings(admissionRate: 0.5, admissionBurst: 3))
  }

  private func tickets(_ users: String...) throws -> [String: Int64] {
    Dictionary(uniqueKeysWithValues: try users.map { ($0, try event.ticket(of: $0)) })
  }

  private func enter(_ user: String, _ tickets: [String: Int64]) throws -> EnterScript.Answer {
    try event.enter(user, try #require(tickets[user]))
  }

  private func denial(_ user: String, _ tickets: [String: Int64]) throws -> Denial? {
    try event.denial(user, try #require(tickets[user]))
  }

  // MARK: The bucket

  @Test("a new event's bucket is full; whoever it does not cover waits")
  func burst() throws {
    let tickets = try tickets("a", "b", "c", "d")
    #expect(
      try enter("a", tickets)
        == .admitted(
          at: event.now, waited: 0, promise: .init(eta: 0, low: 0, high: 0, took: 0)))
    #expect(try enter("b", tickets).isAdmitted)
    #expect(try enter("c", tickets).isAdmitted)
    let denial = try #require(try denial("d", tickets))
    #expect(denial.position == 1 && denial.length == 1 && denial.tokens == 0)
    #expect(denial.rebuildUntil == 0 && denial.state == .open)
    #expect(try event.line() == ["d"])
    #expect(try event.state("admitted") == "3")
  }

  @Test("the bucket refills by fractions, which are kept whatever happens in between")
  func fractions() throws {
    let tickets = try tickets("a", "b", "c", "d")
    for user in ["a", "b", "c"] { #expect(try enter(user, tickets).isAdmitted) }
    for step in 1...6 {
      try event.advance(.microseconds(333_333))
      #expect(!(try enter("d", tickets).isAdmitted))
      if step % 2 == 0 { try event.join("joins \(step)") }
    }
    try event.advance(.microseconds(2))
    #expect(try enter("d", tickets).isAdmitted)
  }

  @Test("the bucket never holds more than the burst")
  func overflow() throws {
    try event.ticket(of: "a")
    try event.advance(.seconds(3600))
    #expect(try event.pulse().tokens == 3)
  }

  @Test("when the clock steps back, the bucket loses nothing, and goes on filling")
  func clockStepsBack() throws {
    let tickets = try tickets("a", "b", "c", "d", "e")
    #expect(try enter("a", tickets).isAdmitted)
    try event.advance(.seconds(-100))
    // Two are called, and hold what is left.
    #expect(try event.pulse().tokens == 0)
    #expect(try enter("b", tickets).isAdmitted)
    #expect(try enter("c", tickets).isAdmitted)
    #expect(!(try enter("d", tickets).isAdmitted))
    try event.advance(.seconds(2))
    #expect(try enter("d", tickets).isAdmitted)
  }

  // MARK: Whose turn it is

  @Test("a token is kept for everyone ahead, in whichever order they come")
  func reserve() throws {
    let tickets = try tickets("a", "b", "c", "d", "e")
    #expect(try denial("d", tickets)?.position == 4)
    #expect(try enter("c", tickets).isAdmitted)
    // Two tokens are left, which a and b were promised.
    #expect(try denial("d", tickets)?.tokens == 0)
    #expect(try enter("b", tickets).isAdmitted)
    #expect(!(try enter("d", tickets).isAdmitted))
    try event.advance(.seconds(2))
    // One for a, one for d; e has to wait.
    #expect(!(try enter("e", tickets).isAdmitted))
    #expect(try enter("d", tickets).isAdmitted)
    #expect(try enter("a", tickets).isAdmitted)
    #expect(!(try enter("e", tickets).isAdmitted))
  }

  @Test("whoever is absent and comes at the right time is admitted at once")
  func absentAndReady() throws {
    let tickets = try tickets("a", "b")
    try event.send("ZREM", event.keys.waiting.text, "a")
    #expect(try enter("a", tickets).isAdmitted)
    #expect(try event.line() == ["b"])
  }

  @Test("whoever is absent and comes too early is put back in line")
  func absentAndEarly() throws {
    let tickets = try tickets("a", "b", "c", "d", "e")
    try event.send("ZREM", event.keys.waiting.text, "d")
    #expect(try denial("d", tickets)?.position == 4)
    #expect(try event.line() == ["a", "b", "c", "d", "e"])
    #expect(try event.state("resumed") == "1")
  }

  @Test("an older ticket of the same person counts")
  func olderTicket() throws {
    let old = try tickets("a", "b", "c", "d")
    try event.send("ZREM", event.keys.waiting.text, "a")
    try event.join("a")
    #expect(try event.line() == ["b", "c", "d", "a"])
    #expect(try enter("a", old).isAdmitted)
    #expect(try event.line() == ["b", "c", "d"])
  }

  @Test("paused doors admit nobody, and say so; closed doors admit those in line")
  func doors() throws {
    let tickets = try tickets("a", "b")
    try event.set("state", "paused")
    #expect(try enter("a", tickets) == .paused(position: 1, callLeft: 60_000))
    try event.set("state", "closed")
    #expect(try enter("a", tickets).isAdmitted)
    try event.set("state", "open")
    #expect(try enter("b", tickets).isAdmitted)
  }

  // MARK: Once

  @Test("a repetition within grant-ttl gets the same admission and takes no token")
  func replay() throws {
    let tickets = try tickets("a", "b", "c", "d")
    let first = try #require(try enter("a", tickets).admittedAt)
    for user in ["b", "c"] { #expect(try enter(user, tickets).isAdmitted) }
    try event.advance(.milliseconds(29_999))
    #expect(try enter("a", tickets) == .admittedBefore(at: first))
    #expect(try event.state("admitted") == "3")
    try event.advance(.milliseconds(1) + .microseconds(4))
    #expect(try enter("a", tickets) == .gone(.admitted))
  }

  @Test("a repetition after the clock stepped back gets the same admission")
  func replayInThePast() throws {
    let tickets = try tickets("a")
    let first = try #require(try enter("a", tickets).admittedAt)
    try event.advance(.seconds(-3600))
    #expect(try enter("a", tickets) == .admittedBefore(at: first))
  }

  @Test("a grant begins when it is given, also where Redis' clock has stepped back before")
  func grantInThePast() throws {
    _ = try tickets("a")
    try event.advance(.seconds(-600))
    let ticket = try event.ticket(of: "b")
    #expect(ticket > event.now + 599_000_000)
    #expect(try event.enter("b", ticket).admittedAt == event.now)
    try event.advance(.seconds(30))
    #expect(try event.enter("b", ticket) == .gone(.admitted))
  }

  @Test("joining again and leaving does not end the grant of the first ticket")
  func rejoinAndLeave() throws {
    let first = try event.ticket(of: "a")
    let began = try #require(try event.enter("a", first).admittedAt)
    // As at version 0.1, which does not write down who is inside.
    try event.lose(event.keys.inside)
    let second = try event.ticket(of: "a")
    #expect(try event.leave("a", second) == .left)
    #expect(try event.enter("a", first) == .admittedBefore(at: began))
    #expect(try event.enter("a", second) == .gone(.left))
    #expect(try event.leave("a", second) == .leftBefore)
  }

  @Test("an expired ticket gives up its place to the person behind it")
  func expiredHead() throws {
    event.settings.admissionBurst = 1
    let (head, next) = (try event.ticket(of: "head"), try event.ticket(of: "next"))
    try event.advance(event.settings.ticketTTL + .seconds(1))
    try event.pulse("next")
    #expect(try event.enter("head", head) == .gone(.expired))
    #expect(try event.line() == ["next"])
    #expect(try event.enter("next", next).isAdmitted)
  }

  @Test(
    "a small rate fills the bucket, however often the bucket is saved", arguments: [0.001, 0.006])
  func smallRate(rate: Double) throws {
    try event.set("rate", "\(rate)")
    let tickets = try tickets("a", "b", "c")
    for user in ["a", "b", "c"] { #expect(try enter(user, tickets).isAdmitted) }
    for number in 0..<1000 {
      try event.advance(.milliseconds(100))
      try event.join("p\(number)")
    }
    #expect(abs(try event.pulse().tokens - 100 * rate) < 1e-9)
  }

  @Test("who left, or whose ticket has expired, is not admitted")
  func dead() throws {
    let tickets = try tickets("a", "b")
    #expect(try event.leave("a", try #require(tickets["a"])) == .left)
    #expect(try enter("a", tickets) == .gone(.left))
    try event.advance(event.settings.ticketTTL + .seconds(1))
    #expect(try enter("b", tickets) == .gone(.expired))
  }

  // MARK: What it tells

  @Test("tells how long the wait was, and what the trail says was promised")
  func waited() throws {
    let tickets = try tickets("a", "b", "c", "d")
    for user in ["a", "b", "c"] { #expect(try enter(user, tickets).isAdmitted) }
    try event.advance(.microseconds(2_345_678))
    guard case .admitted(let at, let waited, let promise) = try enter("d", tickets) else {
      throw TestFailure("d is not admitted")
    }
    #expect(at == event.now)
    #expect(waited == event.now - (try #require(tickets["d"])))
    let took = event.now / 1000 * 1000 - (tickets["d"] ?? 0)
    #expect(promise == .init(eta: 2, low: 1, high: 3, took: took))
    #expect(try event.trail().last == "op enter user d ticket \(tickets["d"] ?? 0)")
  }

  @Test("how long the call took counts no pause, and nothing that comes after the call")
  func promiseWithoutPauses() throws {
    let tickets = try tickets("a", "b", "c", "d", "e")
    for user in ["a", "b", "c"] { #expect(try enter(user, tickets).isAdmitted) }
    try event.advance(.seconds(1))
    try event.set("state", "paused")
    try event.pulse()
    try event.advance(.seconds(100))
    _ = try event.park()
    try event.set("state", "open")
    try event.pulse()
    // A bucket that resumes is empty: d is called two seconds later.
    try event.advance(.seconds(2))
    try event.pulse()
    try event.advance(.seconds(1))
    try event.set("state", "paused")
    try event.pulse()
    try event.advance(.seconds(50))
    _ = try event.park()
    try event.set("state", "open")
    try event.pulse()
    try event.advance(.seconds(5))
    guard case .admitted(_, _, let promise?) = try enter("d", tickets) else {
      throw TestFailure("d is not admitted")
    }
    #expect(promise.eta == 2)
    #expect(abs(promise.took - 3_000_000) < 2_000)
    // e is called only now.
    guard case .admitted(_, _, let next?) = try enter("e", tickets) else {
      throw TestFailure("e is not admitted")
    }
    #expect(abs(next.took - 9_000_000) < 2_000)
  }

  @Test("a person who was called before, or joined when nobody knew, was promised nothing")
  func nothingPromised() throws {
    let tickets = try tickets("a", "b", "c")
    try event.advance(.seconds(30))
    try event.pulse("a")
    try event.advance(.seconds(31))
    try event.pulse("a")
    #expect(!(try enter("a", tickets).isAdmitted))
    try event.advance(.seconds(120))
    guard case .admitted(_, _, nil) = try enter("a", tickets) else {
      throw TestFailure("a is not admitted, or was promised something")
    }
    try event.set("state", "paused")
    let late = try event.ticket(of: "late")
    try event.advance(.seconds(1))
    try event.set("state", "open")
    try event.pulse()
    try event.advance(.seconds(20))
    guard case .admitted(_, _, nil) = try event.enter("late", late) else {
      throw TestFailure("late is not admitted, or was promised something")
    }
  }

  @Test("without the trail there is no promise to tell, and no harm")
  func noTrail() throws {
    let tickets = try tickets("a")
    try event.lose(event.keys.audit)
    #expect(try enter("a", tickets) == .admitted(at: event.now, waited: 0, promise: nil))
  }

  @Test("measures admissions over one, five and fifteen minutes")
  func averages() throws {
    try event.set("rate", "100")
    for second in 0..<1200 {
      try event.advance(.milliseconds(500))
      let user = "p\(second)"
      #expect(try event.enter(user, try event.ticket(of: user)).isAdmitted)
    }
    // Two a second for ten minutes.
    let averages = try event.pulse().admissions
    #expect(abs(averages.oneMinute - 2) < 0.02)
    #expect(abs(averages.fiveMinutes - 2 * (1 - 0.135335)) < 0.02)
    #expect(abs(averages.fifteenMinutes - 2 * (1 - 0.513417)) < 0.02)
    #expect(averages.updatedAt == event.now)
    #expect(averages.since == event.now - 599_500_000)
  }
}
