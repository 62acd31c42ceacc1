import Loop
import Testing

@testable import Sidecar

@Suite("Whether a front takes on another request")
struct RequestAdmissionTests {
  private typealias Work = RequestAdmission.Work

  private let start = Instant(nanoseconds: 1_000_000_000)

  private func admission(maxInFlight: Int = 1000, rate: Double = 0) -> RequestAdmission {
    RequestAdmission(maxInFlight: maxInFlight, rate: rate, now: start)
  }

  /// How many of `count` are admitted at once; the rest must have been refused for `reason`.
  private func admitted(
    _ count: Int, _ work: Work, to admission: RequestAdmission, at now: Instant,
    else reason: RequestAdmission.Decision
  ) -> Int {
    let decisions = (0..<count).map { _ in admission.admit(work, at: now) }
    let admitted = decisions.prefix { $0 == .admitted }.count
    #expect(decisions.dropFirst(admitted).allSatisfy { $0 == reason })
    return admitted
  }

  @Test(
    "what finishes may fill the limit, what starts three quarters of it",
    arguments: [
      // limit, may start
      (1, 1), (2, 2), (3, 3), (4, 3), (8, 6), (100, 75), (2048, 1536),
    ])
  func inFlight(limit: Int, starting: Int) {
    let all = admission(maxInFlight: limit)
    #expect(admitted(limit + 1, .finishing, to: all, at: start, else: .overloaded) == limit)

    let mixed = admission(maxInFlight: limit)
    #expect(admitted(limit + 1, .starting, to: mixed, at: start, else: .overloaded) == starting)
    #expect(
      admitted(limit + 1, .finishing, to: mixed, at: start, else: .overloaded) == limit - starting)
    #expect(mixed.inFlight == limit)
  }

  @Test("what was refused takes no room, and what is finished makes some, for either from its mark")
  func room() {
    let admission = admission(maxInFlight: 4)
    #expect(admitted(9, .finishing, to: admission, at: start, else: .overloaded) == 4)
    admission.finished()
    #expect(admission.admit(.starting, at: start) == .overloaded)
    #expect(admission.admit(.finishing, at: start) == .admitted)
    admission.finished()
    admission.finished()
    #expect(admission.inFlight == 2)
    #expect(admission.admit(.starting, at: start) == .admitted)
    #expect(admission.admit(.starting, at: start) == .overloaded)
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

  @Test("a request that is refused for being too many at once costs nothing of the rate")
  func independent() {
    let admission = admission(maxInFlight: 1, rate: 2)
    #expect(admitted(9, .finishing, to: admission, at: start, else: .overloaded) == 1)
    admission.finished()
    #expect(admission.admit(.finishing, at: start) == .admitted)
    admission.finished()
    #expect(admission.admit(.finishing, at: start) == .rateLimited)
    #expect(admission.admit(.finishing, at: start + .milliseconds(500)) == .admitted)
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
