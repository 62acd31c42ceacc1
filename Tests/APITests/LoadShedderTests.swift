import Loop
import Testing

@testable import API

@Suite("Whether a front takes on another request")
struct LoadShedderTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private func shedder(maxInFlight: Int = 1000, rate: Double = 0) -> LoadShedder<String> {
    LoadShedder(maxInFlight: maxInFlight, rate: rate, now: start)
  }

  /// How many of `count` are admitted at once; for the rest `decision` must have been taken.
  private func admitted(
    _ count: Int, _ work: Work, to shedder: LoadShedder<String>, at now: Instant,
    else decision: LoadShedder<String>.Decision
  ) -> Int {
    let decisions = (0..<count).map { _ in shedder.admit(work, at: now) }
    let admitted = decisions.prefix { $0 == .admitted }.count
    #expect(decisions.dropFirst(admitted).allSatisfy { $0 == decision })
    return admitted
  }

  /// Asks for `name`, which waits if it must.
  private func ask(
    _ name: String, _ work: Work, of shedder: LoadShedder<String>, at now: Instant
  ) -> LoadShedder<String>.Decision {
    let decision = shedder.admit(work, at: now)
    if decision == .mustWait { shedder.wait(name, work, since: now, idleTime: .zero) }
    return decision
  }

  /// All who have waited and may start.
  private func started(by shedder: LoadShedder<String>) -> [String] {
    var names: [String] = []
    while let name = shedder.next() { names.append(name) }
    return names
  }

  @Test(
    "what finishes may fill the limit, what starts three quarters of it",
    arguments: [
      // limit, may start
      (1, 1), (2, 2), (3, 3), (4, 3), (8, 6), (100, 75), (4096, 3072),
    ])
  func inFlight(limit: Int, starting: Int) {
    let all = shedder(maxInFlight: limit)
    #expect(admitted(limit + 1, .finishing, to: all, at: start, else: .mustWait) == limit)

    let mixed = shedder(maxInFlight: limit)
    #expect(admitted(limit + 1, .starting, to: mixed, at: start, else: .mustWait) == starting)
    #expect(
      admitted(limit + 1, .finishing, to: mixed, at: start, else: .mustWait) == limit - starting)
    #expect(mixed.inFlight == limit)
  }

  @Test("what must wait takes no slot, and what is finished frees one, for either from its mark")
  func slots() {
    let shedder = shedder(maxInFlight: 4)
    #expect(admitted(9, .finishing, to: shedder, at: start, else: .mustWait) == 4)
    shedder.finished()
    #expect(shedder.admit(.starting, at: start) == .mustWait)
    #expect(shedder.admit(.finishing, at: start) == .admitted)
    shedder.finished()
    shedder.finished()
    #expect(shedder.inFlight == 2)
    #expect(shedder.admit(.starting, at: start) == .admitted)
    #expect(shedder.admit(.starting, at: start) == .mustWait)
  }

  @Test(
    "at once, what finishes gets a second's worth, what starts three quarters of what is above one",
    arguments: [(0.1, 1, 1), (1, 1, 1), (2, 2, 1), (5, 5, 4), (101, 101, 76), (1000, 1000, 750)])
  func burst(rate: Double, finishing: Int, starting: Int) {
    let first = shedder(maxInFlight: 10_000, rate: rate)
    #expect(admitted(2000, .finishing, to: first, at: start, else: .rateLimited) == finishing)
    let second = shedder(maxInFlight: 10_000, rate: rate)
    #expect(admitted(2000, .starting, to: second, at: start, else: .rateLimited) == starting)
    #expect(
      admitted(2000, .finishing, to: second, at: start, else: .rateLimited) == finishing - starting)
  }

  /// A hundred seconds at twice the rate, a tenth of a second at a time.
  @Test(
    "in the long run all of the rate is used, and what starts gets what the rest leaves",
    arguments: [
      // What finishes and what starts: asked for in each tenth of a second, of which ten may pass,
      // and passed.
      (10, 10, 10.0, 0.0), (4, 16, 4.0, 6.0), (0, 20, 0.0, 10.0), (20, 0, 10.0, 0.0),
    ])
  func longRun(finishingAsked: Int, startingAsked: Int, finishing: Double, starting: Double) {
    let shedder = shedder(maxInFlight: 1_000_000, rate: 100)
    var passed: [Work: Int] = [:]
    for tenth in 1...1000 {
      let now = start + .milliseconds(100) * tenth
      // What starts asks first, so that it is not the order that decides.
      for (work, asked) in [(Work.starting, startingAsked), (.finishing, finishingAsked)] {
        for _ in 0..<asked where shedder.admit(work, at: now) == .admitted {
          passed[work, default: 0] += 1
        }
      }
    }
    // But for the burst at the beginning.
    #expect(abs(Double(passed[.finishing, default: 0]) - finishing * 1000) <= 100)
    #expect(abs(Double(passed[.starting, default: 0]) - starting * 1000) <= 100)
  }

  @Test("a request that has waited in vain costs nothing of the rate")
  func independent() {
    let shedder = shedder(maxInFlight: 1, rate: 2)
    #expect(shedder.admit(.finishing, at: start) == .admitted)
    #expect(ask("A", .finishing, of: shedder, at: start) == .mustWait)
    #expect(shedder.overdue(at: start, idleTime: .milliseconds(25)) == "A")
    shedder.finished()
    #expect(shedder.admit(.finishing, at: start) == .admitted)
    shedder.finished()
    #expect(shedder.admit(.finishing, at: start) == .rateLimited)
    #expect(shedder.admit(.finishing, at: start + .milliseconds(500)) == .admitted)
  }

  @Test("a request that waits has been counted by the rate, and one too many does not wait")
  func rateOfThoseWhoWait() {
    let shedder = shedder(maxInFlight: 8, rate: 10)
    #expect(admitted(8, .finishing, to: shedder, at: start, else: .mustWait) == 8)
    #expect(ask("A", .finishing, of: shedder, at: start) == .mustWait)
    #expect(ask("B", .finishing, of: shedder, at: start) == .mustWait)
    #expect(ask("C", .finishing, of: shedder, at: start) == .rateLimited)
    shedder.finished()
    shedder.finished()
    #expect(started(by: shedder) == ["A", "B"])
    #expect(ask("D", .finishing, of: shedder, at: start) == .rateLimited)
  }

  @Test("who waits starts in the order of coming, what finishes before what starts")
  func order() {
    let shedder = shedder(maxInFlight: 4)
    #expect(admitted(4, .finishing, to: shedder, at: start, else: .mustWait) == 4)
    for (name, work) in [
      ("join 1", Work.starting), ("status 1", .finishing), ("join 2", .starting),
      ("status 2", .finishing),
    ] {
      #expect(ask(name, work, of: shedder, at: start) == .mustWait)
    }
    #expect(started(by: shedder) == [])
    shedder.finished()
    #expect(started(by: shedder) == ["status 1"])
    for _ in 0..<2 { shedder.finished() }
    // The fourth slot is not for joins.
    #expect(started(by: shedder) == ["status 2"])
    shedder.finished()
    #expect(started(by: shedder) == ["join 1"])
    #expect(shedder.inFlight == 3)
  }

  @Test("a new request overtakes only those whose work comes later")
  func newcomers() {
    let shedder = shedder(maxInFlight: 4)
    #expect(admitted(3, .starting, to: shedder, at: start, else: .mustWait) == 3)
    #expect(ask("join", .starting, of: shedder, at: start) == .mustWait)
    #expect(shedder.admit(.finishing, at: start) == .admitted)
    #expect(ask("status", .finishing, of: shedder, at: start) == .mustWait)
    for _ in 0..<4 { shedder.finished() }
    // There are slots, and they belong to the requests that wait.
    #expect(shedder.admit(.starting, at: start) == .mustWait)
    #expect(shedder.admit(.finishing, at: start) == .mustWait)
    #expect(shedder.next() == "status")
    #expect(shedder.admit(.finishing, at: start) == .admitted)
    #expect(shedder.admit(.starting, at: start) == .mustWait)
    #expect(started(by: shedder) == ["join"])
    #expect(shedder.admit(.starting, at: start) == .mustWait)
    shedder.finished()
    #expect(shedder.admit(.starting, at: start) == .admitted)
  }

  @Test(
    "who waits in vain is given up after 25 ms in which there was nothing to do, or after 300 ms")
  func overdue() {
    let shedder = shedder(maxInFlight: 1)
    #expect(shedder.timeLeft(at: start, idleTime: .zero) == nil)
    #expect(shedder.admit(.finishing, at: start) == .admitted)
    shedder.wait("join", .starting, since: start, idleTime: .seconds(7))
    let later = start + .milliseconds(100)
    shedder.wait("status", .finishing, since: later, idleTime: .milliseconds(7010))

    #expect(shedder.timeLeft(at: start, idleTime: .seconds(7)) == .milliseconds(25))
    #expect(shedder.timeLeft(at: later, idleTime: .milliseconds(7024)) == .milliseconds(1))
    #expect(shedder.overdue(at: later, idleTime: .milliseconds(7024)) == nil)
    #expect(shedder.overdue(at: later, idleTime: .milliseconds(7025)) == "join")
    #expect(shedder.overdue(at: later, idleTime: .milliseconds(7025)) == nil)

    let end = later + .milliseconds(300)
    #expect(
      shedder.timeLeft(at: end - .milliseconds(3), idleTime: .milliseconds(7025))
        == .milliseconds(3))
    #expect(
      shedder.overdue(at: end - .milliseconds(3), idleTime: .milliseconds(7025)) == nil)
    #expect(shedder.overdue(at: end, idleTime: .milliseconds(7025)) == "status")
    #expect(shedder.timeLeft(at: end, idleTime: .milliseconds(7025)) == nil)
    shedder.finished()
    #expect(started(by: shedder) == [])
    #expect(shedder.inFlight == 0)
  }

  @Test("a free slot for requests that wait is told once, until they have been asked for")
  func telling() {
    let shedder = shedder(maxInFlight: 3)
    var told = 0
    shedder.slotFreed = { told += 1 }
    #expect(admitted(3, .finishing, to: shedder, at: start, else: .mustWait) == 3)
    shedder.finished()
    #expect(told == 0)
    #expect(shedder.admit(.finishing, at: start) == .admitted)
    for name in ["A", "B", "C"] {
      #expect(ask(name, .finishing, of: shedder, at: start) == .mustWait)
    }
    shedder.finished()
    shedder.finished()
    #expect(told == 1)
    #expect(started(by: shedder) == ["A", "B"])
    shedder.finished()
    #expect(told == 2)
    #expect(started(by: shedder) == ["C"])
    shedder.finished()
    #expect(told == 2)
  }

  @Test("who waits when the process is to end is started, or given up, as ever")
  func waitingAtTheEnd() {
    let shedder = shedder(maxInFlight: 1)
    #expect(shedder.admit(.finishing, at: start) == .admitted)
    #expect(ask("A", .finishing, of: shedder, at: start) == .mustWait)
    shedder.stop()
    #expect(ask("B", .finishing, of: shedder, at: start) == .stopping)
    shedder.finished()
    #expect(started(by: shedder) == ["A"])
  }

  @Test("a front that stops takes on nothing more, and says why")
  func stopping() {
    let shedder = shedder()
    #expect(shedder.admit(.starting, at: start) == .admitted)
    shedder.stop()
    #expect(shedder.admit(.starting, at: start) == .stopping)
    #expect(shedder.admit(.finishing, at: start) == .stopping)
    #expect(shedder.inFlight == 1)
  }

  @Test("joins start work; all other routes finish it")
  func routes() {
    #expect(Route.allCases.filter { $0.work == .starting } == [.join])
  }
}
