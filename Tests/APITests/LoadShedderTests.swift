import Loop
import Testing

@testable import API

@Suite("Whether a front takes on another request")
struct LoadShedderTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private func admission(maxInFlight: Int = 1000, rate: Double = 0) -> LoadShedder<String> {
    LoadShedder(maxInFlight: maxInFlight, rate: rate, now: start)
  }

  /// How many of `count` are admitted at once; for the rest `decision` must have been taken.
  private func admitted(
    _ count: Int, _ work: Work, to admission: LoadShedder<String>, at now: Instant,
    else decision: LoadShedder<String>.Decision
  ) -> Int {
    let decisions = (0..<count).map { _ in admission.admit(work, at: now) }
    let admitted = decisions.prefix { $0 == .admitted }.count
    #expect(decisions.dropFirst(admitted).allSatisfy { $0 == decision })
    return admitted
  }

  /// Asks for `name`, which waits if it must.
  private func ask(
    _ name: String, _ work: Work, of admission: LoadShedder<String>, at now: Instant
  ) -> LoadShedder<String>.Decision {
    let decision = admission.admit(work, at: now)
    if decision == .mustWait { admission.wait(name, work, since: now, idleTime: .zero) }
    return decision
  }

  /// All who have waited and may start.
  private func started(by admission: LoadShedder<String>) -> [String] {
    var names: [String] = []
    while let name = admission.next() { names.append(name) }
    return names
  }

  @Test(
    "what finishes may fill the limit, what starts three quarters of it",
    arguments: [
      // limit, may start
      (1, 1), (2, 2), (3, 3), (4, 3), (8, 6), (100, 75), (4096, 3072),
    ])
  func inFlight(limit: Int, starting: Int) {
    let all = admission(maxInFlight: limit)
    #expect(admitted(limit + 1, .finishing, to: all, at: start, else: .mustWait) == limit)

    let mixed = admission(maxInFlight: limit)
    #expect(admitted(limit + 1, .starting, to: mixed, at: start, else: .mustWait) == starting)
    #expect(
      admitted(limit + 1, .finishing, to: mixed, at: start, else: .mustWait) == limit - starting)
    #expect(mixed.inFlight == limit)
  }

  @Test("what must wait takes no room, and what is finished makes some, for either from its mark")
  func room() {
    let admission = admission(maxInFlight: 4)
    #expect(admitted(9, .finishing, to: admission, at: start, else: .mustWait) == 4)
    admission.finished()
    #expect(admission.admit(.starting, at: start) == .mustWait)
    #expect(admission.admit(.finishing, at: start) == .admitted)
    admission.finished()
    admission.finished()
    #expect(admission.inFlight == 2)
    #expect(admission.admit(.starting, at: start) == .admitted)
    #expect(admission.admit(.starting, at: start) == .mustWait)
  }

  @Test(
    "at once, what finishes gets a second's worth, what starts three quarters of what is above one",
    arguments: [(0.1, 1, 1), (1, 1, 1), (2, 2, 1), (5, 5, 4), (101, 101, 76), (1000, 1000, 750)])
  func burst(rate: Double, finishing: Int, starting: Int) {
    let first = admission(maxInFlight: 10_000, rate: rate)
    #expect(admitted(2000, .finishing, to: first, at: start, else: .rateLimited) == finishing)
    let second = admission(maxInFlight: 10_000, rate: rate)
    #expect(admitted(2000, .starting, to: second, at: start, else: .rateLimited) == starting)
    #expect(
      admitted(2000, .finishing, to: second, at: start, else: .rateLimited) == finishing - starting)
  }

  /// A hundred seconds at twice the rate, a tenth of a second at a time.
  @Test(
    "in the long run all of the rate is used, and what starts gets what the rest leaves",
    arguments: [
      // What finishes and what starts: asked for in each tenth of a second, of which ten may pass, and
      // passed.
      (10, 10, 10.0, 0.0), (4, 16, 4.0, 6.0), (0, 20, 0.0, 10.0), (20, 0, 10.0, 0.0),
    ])
  func longRun(finishingAsked: Int, startingAsked: Int, finishing: Double, starting: Double) {
    let admission = admission(maxInFlight: 1_000_000, rate: 100)
    var passed: [Work: Int] = [:]
    for tenth in 1...1000 {
      let now = start + .milliseconds(100) * tenth
      // What starts asks first, so that it is not the order that decides.
      for (work, asked) in [(Work.starting, startingAsked), (.finishing, finishingAsked)] {
        for _ in 0..<asked where admission.admit(work, at: now) == .admitted {
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
    let admission = admission(maxInFlight: 1, rate: 2)
    #expect(admission.admit(.finishing, at: start) == .admitted)
    #expect(ask("A", .finishing, of: admission, at: start) == .mustWait)
    #expect(admission.overdue(at: start, idleTime: .milliseconds(25)) == "A")
    admission.finished()
    #expect(admission.admit(.finishing, at: start) == .admitted)
    admission.finished()
    #expect(admission.admit(.finishing, at: start) == .rateLimited)
    #expect(admission.admit(.finishing, at: start + .milliseconds(500)) == .admitted)
  }

  @Test("a request that waits has been counted by the rate, and one too many does not wait")
  func rateOfThoseWhoWait() {
    let admission = admission(maxInFlight: 8, rate: 10)
    #expect(admitted(8, .finishing, to: admission, at: start, else: .mustWait) == 8)
    #expect(ask("A", .finishing, of: admission, at: start) == .mustWait)
    #expect(ask("B", .finishing, of: admission, at: start) == .mustWait)
    #expect(ask("C", .finishing, of: admission, at: start) == .rateLimited)
    admission.finished()
    admission.finished()
    #expect(started(by: admission) == ["A", "B"])
    #expect(ask("D", .finishing, of: admission, at: start) == .rateLimited)
  }

  @Test("who waits starts in the order of coming, what finishes before what starts")
  func order() {
    let admission = admission(maxInFlight: 4)
    #expect(admitted(4, .finishing, to: admission, at: start, else: .mustWait) == 4)
    for (name, work) in [
      ("join 1", Work.starting), ("status 1", .finishing), ("join 2", .starting),
      ("status 2", .finishing),
    ] {
      #expect(ask(name, work, of: admission, at: start) == .mustWait)
    }
    #expect(started(by: admission) == [])
    admission.finished()
    #expect(started(by: admission) == ["status 1"])
    for _ in 0..<2 { admission.finished() }
    // The fourth place is not for joins.
    #expect(started(by: admission) == ["status 2"])
    admission.finished()
    #expect(started(by: admission) == ["join 1"])
    #expect(admission.inFlight == 3)
  }

  @Test("a newcomer overtakes nobody but those whose work comes later")
  func newcomers() {
    let admission = admission(maxInFlight: 4)
    #expect(admitted(3, .starting, to: admission, at: start, else: .mustWait) == 3)
    #expect(ask("join", .starting, of: admission, at: start) == .mustWait)
    #expect(admission.admit(.finishing, at: start) == .admitted)
    #expect(ask("status", .finishing, of: admission, at: start) == .mustWait)
    for _ in 0..<4 { admission.finished() }
    // There is room, and it belongs to those who wait.
    #expect(admission.admit(.starting, at: start) == .mustWait)
    #expect(admission.admit(.finishing, at: start) == .mustWait)
    #expect(admission.next() == "status")
    #expect(admission.admit(.finishing, at: start) == .admitted)
    #expect(admission.admit(.starting, at: start) == .mustWait)
    #expect(started(by: admission) == ["join"])
    #expect(admission.admit(.starting, at: start) == .mustWait)
    admission.finished()
    #expect(admission.admit(.starting, at: start) == .admitted)
  }

  @Test(
    "who waits in vain is given up after 25 ms in which there was nothing to do, or after 300 ms")
  func overdue() {
    let admission = admission(maxInFlight: 1)
    #expect(admission.timeLeft(at: start, idleTime: .zero) == nil)
    #expect(admission.admit(.finishing, at: start) == .admitted)
    admission.wait("join", .starting, since: start, idleTime: .seconds(7))
    let later = start + .milliseconds(100)
    admission.wait("status", .finishing, since: later, idleTime: .milliseconds(7010))

    #expect(admission.timeLeft(at: start, idleTime: .seconds(7)) == .milliseconds(25))
    #expect(admission.timeLeft(at: later, idleTime: .milliseconds(7024)) == .milliseconds(1))
    #expect(admission.overdue(at: later, idleTime: .milliseconds(7024)) == nil)
    #expect(admission.overdue(at: later, idleTime: .milliseconds(7025)) == "join")
    #expect(admission.overdue(at: later, idleTime: .milliseconds(7025)) == nil)

    let end = later + .milliseconds(300)
    #expect(
      admission.timeLeft(at: end - .milliseconds(3), idleTime: .milliseconds(7025))
        == .milliseconds(3))
    #expect(
      admission.overdue(at: end - .milliseconds(3), idleTime: .milliseconds(7025)) == nil)
    #expect(admission.overdue(at: end, idleTime: .milliseconds(7025)) == "status")
    #expect(admission.timeLeft(at: end, idleTime: .milliseconds(7025)) == nil)
    admission.finished()
    #expect(started(by: admission) == [])
    #expect(admission.inFlight == 0)
  }

  @Test("room for those who wait is told once, until they have been asked for")
  func telling() {
    let admission = admission(maxInFlight: 3)
    var told = 0
    admission.roomMade = { told += 1 }
    #expect(admitted(3, .finishing, to: admission, at: start, else: .mustWait) == 3)
    admission.finished()
    #expect(told == 0)
    #expect(admission.admit(.finishing, at: start) == .admitted)
    for name in ["A", "B", "C"] {
      #expect(ask(name, .finishing, of: admission, at: start) == .mustWait)
    }
    admission.finished()
    admission.finished()
    #expect(told == 1)
    #expect(started(by: admission) == ["A", "B"])
    admission.finished()
    #expect(told == 2)
    #expect(started(by: admission) == ["C"])
    admission.finished()
    #expect(told == 2)
  }

  @Test("who waits when the process is to end is started, or given up, as ever")
  func waitingAtTheEnd() {
    let admission = admission(maxInFlight: 1)
    #expect(admission.admit(.finishing, at: start) == .admitted)
    #expect(ask("A", .finishing, of: admission, at: start) == .mustWait)
    admission.stop()
    #expect(ask("B", .finishing, of: admission, at: start) == .stopping)
    admission.finished()
    #expect(started(by: admission) == ["A"])
  }

  @Test("whoever stops takes on nothing more, and says why")
  func stopping() {
    let admission = admission()
    #expect(admission.admit(.starting, at: start) == .admitted)
    admission.stop()
    #expect(admission.admit(.starting, at: start) == .stopping)
    #expect(admission.admit(.finishing, at: start) == .stopping)
    #expect(admission.inFlight == 1)
  }

  @Test("joins start work; all other routes finish it")
  func routes() {
    #expect(Route.allCases.filter { $0.work == .starting } == [.join])
  }
}
