import Glibc
import Testing

@testable import Loop

@Suite("Loop: timers")
struct LoopTimerTests {
  @Test("a timer never fires early, by the loop's time or by the clock")
  func neverEarly() throws {
    let loop = try Loop()
    let start = Instant.now
    var fired = 0
    for microseconds in stride(from: 0, to: 20_000, by: 97) {
      let deadline = start + .microseconds(microseconds)
      loop.schedule(at: deadline) {
        #expect(Instant.now >= deadline)
        #expect(loop.now >= deadline)
        fired += 1
      }
    }
    try loop.turn { fired == 207 }
  }

  @Test("a delay counts from the call, however late in the turn that is")
  func delayCountsFromTheCall() throws {
    let loop = try Loop()
    var fired = false
    loop.defer(to: .answer) {
      spin(for: .milliseconds(5))
      let deadline = Instant.now + .milliseconds(5)
      loop.schedule(after: .milliseconds(5)) {
        #expect(Instant.now >= deadline)
        fired = true
      }
    }
    try loop.turn { fired }
  }

  @Test("timers of one turn fire by deadline, equal ones as they were set")
  func order() throws {
    let loop = try Loop()
    let past = Instant.now - .seconds(1)
    var fired: [String] = []
    loop.schedule(at: past + .milliseconds(2)) { fired.append("second") }
    loop.schedule(at: past + .milliseconds(2)) { fired.append("third") }
    loop.schedule(at: past + .milliseconds(1)) { fired.append("first") }
    try loop.turn()
    #expect(fired == ["first", "second", "third"])
  }

  @Test("a timer fires once")
  func once() throws {
    let loop = try Loop()
    var fired = 0
    loop.schedule(after: .zero) { fired += 1 }
    try loop.turn { fired > 0 }
    try loop.turn(waitingAtMost: .zero)
    #expect(fired == 1)
  }

  @Test("a timer can set the next one")
  func chain() throws {
    let loop = try Loop()
    var fired: [Instant] = []
    func again() {
      fired.append(.now)
      if fired.count < 5 { loop.schedule(after: .milliseconds(1), again) }
    }
    loop.schedule(after: .milliseconds(1), again)
    try loop.turn { fired.count == 5 }
    for (earlier, later) in zip(fired, fired.dropFirst()) {
      #expect(later - earlier >= .milliseconds(1))
    }
  }

  @Test("a timer that sets itself again for a moment already reached does not hold up the turn")
  func noEndlessTurn() throws {
    let loop = try Loop()
    var fired = 0
    func again() {
      fired += 1
      if fired < 1_000 { loop.schedule(at: loop.now, again) }
    }
    loop.schedule(at: loop.now, again)
    try loop.turn()
    #expect(fired == 1)
    try loop.turn(waitingAtMost: .zero)
    #expect(fired == 2)
  }

  @Test("a timer that is set while timers fire does not hold up those that were due")
  func newcomersDoNotStarve() throws {
    let loop = try Loop()
    let past = Instant.now - .seconds(1)
    var fired: [String] = []
    loop.schedule(at: past) {
      fired.append("first")
      loop.schedule(at: past - .seconds(1)) { fired.append("newcomer") }
    }
    loop.schedule(at: past) { fired.append("second") }
    try loop.turn { fired.count == 3 }
    #expect(Set(fired) == ["first", "second", "newcomer"])
  }

  @Test("a cancelled timer does not fire, and cancelling it again changes nothing")
  func cancel() throws {
    let loop = try Loop()
    var fired: [String] = []
    let cancelled = loop.schedule(at: loop.now) { fired.append("cancelled") }
    loop.schedule(at: loop.now) { fired.append("kept") }
    loop.cancel(cancelled)
    loop.cancel(cancelled)
    try loop.turn()
    #expect(fired == ["kept"])
  }

  @Test("a timer can cancel another that is due in the same turn, and itself without harm")
  func cancelInside() throws {
    let loop = try Loop()
    var fired: [String] = []
    var ids: [Loop.TimerID] = []
    ids.append(
      loop.schedule(at: loop.now) {
        fired.append("first")
        loop.cancel(ids[0])
        loop.cancel(ids[1])
      })
    ids.append(loop.schedule(at: loop.now) { fired.append("cancelled") })
    loop.schedule(at: loop.now) { fired.append("third") }
    try loop.turn()
    #expect(fired == ["first", "third"])
  }

  @Test("a handler can cancel a timer that is due in the same turn")
  func cancelFromHandler() throws {
    let loop = try Loop()
    let pipe = try Pipe()
    pipe.fill()
    var fired = false
    var heard = false
    let timer = loop.schedule(at: loop.now) { fired = true }
    _ = try loop.watch(pipe.reading, for: .readable) { _ in
      heard = true
      loop.cancel(timer)
    }
    try loop.turn()
    #expect(heard && !fired)
  }

  @Test("a timer for the end of time is as good as none")
  func farAway() throws {
    let loop = try Loop()
    var fired = false
    loop.schedule(after: .seconds(Int64.max)) { fired = true }
    loop.schedule(at: Instant(nanoseconds: .max)) { fired = true }
    try loop.turn(waitingAtMost: .zero)
    #expect(!fired)
  }

  @Test("a timer for the beginning of time fires in the coming turn")
  func longAgo() throws {
    let loop = try Loop()
    var fired = false
    loop.schedule(at: Instant(nanoseconds: .min)) { fired = true }
    try loop.turn()
    #expect(fired)
  }

  @Test("what a timer held is let go once it has fired or was cancelled")
  func releases() throws {
    final class Witness {}
    let loop = try Loop()
    weak var fired: Witness?
    weak var cancelled: Witness?
    do {
      let (first, second) = (Witness(), Witness())
      (fired, cancelled) = (first, second)
      loop.schedule(at: loop.now) { _ = first }
      loop.cancel(loop.schedule(at: loop.now) { _ = second })
    }
    #expect(fired != nil)
    #expect(cancelled == nil)
    try loop.turn()
    #expect(fired == nil)
  }
}
