import Glibc
import Testing

@testable import Loop

@Suite("Loop: turns and phases")
struct LoopTurnTests {
  @Test("phases run in their order, whatever the order in which they were filled")
  func phaseOrder() throws {
    let loop = try Loop()
    var ran: [String] = []
    loop.defer(to: .flush) { ran.append("flush") }
    loop.defer(to: .gather) { ran.append("gather") }
    loop.defer(to: .answer) { ran.append("answer 1") }
    loop.defer(to: .answer) { ran.append("answer 2") }
    try loop.turn()
    #expect(ran == ["answer 1", "answer 2", "gather", "flush"])
  }

  @Test("work runs in the turn that deferred it, after handlers and timers")
  func endOfTurn() throws {
    let loop = try Loop()
    let pipe = try Pipe()
    pipe.fill()
    var ran: [String] = []
    _ = try loop.watch(pipe.reading, for: .readable) { _ in
      ran.append("handler")
      loop.defer(to: .flush) { ran.append("flush") }
    }
    loop.schedule(at: loop.now) {
      ran.append("timer")
      loop.defer(to: .answer) { ran.append("answer") }
    }
    try loop.turn()
    #expect(ran == ["handler", "timer", "answer", "flush"])
  }

  @Test("deferred work runs once")
  func once() throws {
    let loop = try Loop()
    var ran = 0
    loop.defer(to: .gather) { ran += 1 }
    try loop.turn(waitingAtMost: .zero)
    try loop.turn(waitingAtMost: .zero)
    #expect(ran == 1)
  }

  @Test("a phase that refills an earlier one waits for it, all in one turn")
  func refill() throws {
    let loop = try Loop()
    var ran: [String] = []
    loop.defer(to: .answer) {
      ran.append("answer")
      loop.defer(to: .gather) {
        ran.append("gather")
        loop.defer(to: .flush) { ran.append("flush") }
        loop.defer(to: .answer) { ran.append("answer again") }
      }
      loop.defer(to: .answer) { ran.append("answer next") }
    }
    try loop.turn()
    #expect(ran == ["answer", "answer next", "gather", "answer again", "flush"])
  }

  @Test("one flush waits for the answers that another flush brought, and so sees their commands")
  func refillBetweenTwoOfAPhase() throws {
    let loop = try Loop()
    var ran: [String] = []
    loop.defer(to: .flush) {
      ran.append("flush 1")
      loop.defer(to: .answer) {
        ran.append("answer")
        loop.defer(to: .gather) { ran.append("gather") }
      }
      loop.defer(to: .flush) { ran.append("flush 3") }
    }
    loop.defer(to: .flush) { ran.append("flush 2") }
    try loop.turn()
    #expect(ran == ["flush 1", "answer", "gather", "flush 2", "flush 3"])
  }

  @Test("a loop with deferred work does not wait, even without any timer")
  func deferredWorkDoesNotWait() throws {
    let loop = try Loop()
    var ran = false
    loop.defer(to: .answer) { ran = true }
    try loop.turn()
    #expect(ran)
  }

  @Test("a turn may be told not to wait")
  func noWait() throws {
    let loop = try Loop()
    var turns = 0
    loop.turnEnded = { _ in turns += 1 }
    loop.schedule(after: .seconds(3600)) { Issue.record("an hour passed") }
    try loop.turn(waitingAtMost: .zero)
    #expect(turns == 1)
  }

  @Test("the loop's time stands still within a turn and moves on with the next")
  func now() throws {
    let loop = try Loop()
    var seen: [Instant] = []
    loop.schedule(at: loop.now) {
      seen.append(loop.now)
      spin(for: .milliseconds(1))
      loop.defer(to: .flush) { seen.append(loop.now) }
    }
    try loop.turn()
    #expect(seen == [loop.now, loop.now])
    try loop.turn(waitingAtMost: .zero)
    #expect(loop.now >= seen[0] + .milliseconds(1))
  }

  @Test("turnEnded tells how long handlers, timers and phases took, and leaves out the wait")
  func turnEnded() throws {
    let loop = try Loop()
    var reports: [Duration] = []
    loop.turnEnded = { reports.append($0) }
    var fired = false
    loop.schedule(after: .milliseconds(5)) {
      fired = true
      spin(for: .milliseconds(2))
      loop.defer(to: .answer) { spin(for: .milliseconds(2)) }
    }
    try loop.turn { fired }
    let work = try #require(reports.last)
    #expect(work >= .milliseconds(4))
    #expect(work <= .now - loop.now)
  }

  @Test("run turns until stop, and finishes the turn in which it was stopped")
  func runAndStop() throws {
    let loop = try Loop()
    var ran: [String] = []
    loop.schedule(at: loop.now) {
      ran.append("timer 1")
      loop.stop()
      loop.defer(to: .flush) { ran.append("flush") }
    }
    loop.schedule(at: loop.now) { ran.append("timer 2") }
    try loop.run()
    #expect(ran == ["timer 1", "timer 2", "flush"])
  }

  @Test("a stopped loop can run again")
  func runAgain() throws {
    let loop = try Loop()
    var runs = 0
    for _ in 0..<3 {
      loop.schedule(after: .zero) {
        runs += 1
        loop.stop()
      }
      try loop.run()
    }
    #expect(runs == 3)
  }

  @Test("its clock without lag stands still while a turn takes long, and goes on while none does")
  func clockWithoutLag() throws {
    let loop = try Loop()
    let (began, beganWithoutLag) = (loop.now, loop.nowWithoutLag)
    loop.defer(to: .answer) { usleep(50_000) }
    try loop.turn()
    try loop.turn(waitingAtMost: .zero)
    #expect(loop.now - began >= .milliseconds(50))
    #expect(loop.nowWithoutLag - beganWithoutLag <= loop.now - began - .milliseconds(50))
    let waited = loop.nowWithoutLag
    try loop.turn(waitingAtMost: .milliseconds(30))
    #expect(loop.nowWithoutLag - waited >= .milliseconds(30))
  }

  @Test("its idle time is what its turns leave of the time")
  func idleTime() throws {
    let loop = try Loop()
    let (began, idleBefore) = (loop.now, loop.idleTime)
    for _ in 0..<3 {
      loop.defer(to: .answer) { usleep(20_000) }
      try loop.turn()
    }
    try loop.turn(waitingAtMost: .milliseconds(30))
    let idle = loop.idleTime - idleBefore
    #expect(idle >= .milliseconds(30))
    #expect(idle <= loop.now - began - .milliseconds(60))
  }
}
