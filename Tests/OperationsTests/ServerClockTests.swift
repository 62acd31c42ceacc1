import Loop
import Testing

@testable import Operations

@Suite("ServerClock")
struct ServerClockTests {
  private var clock = ServerClock()

  /// Reads the clock, which is ahead of the wall clock here by `skew`, at a second of both clocks of this
  /// machine; the answer takes `trip`.
  private mutating func read(_ skew: Double, at second: Double, trip: Duration = .zero) {
    let asked = Instant(nanoseconds: Int64(second * 1e9))
    let answered = asked + trip
    let middle = second + trip.seconds / 2
    clock.read(
      1_800_000_000_000_000 + Int64((middle + skew) * 1e6), asked: asked, answered: answered,
      wallClock: 1_800_000_000_000 + Int64((second + trip.seconds) * 1000))
  }

  @Test("the skew is Redis' clock less ours, whatever the way takes")
  mutating func skew() {
    #expect(clock.skew == 0)
    read(31, at: 1)
    #expect(abs(clock.skew - 31) < 0.002)
    read(-40.5, at: 6, trip: .seconds(4))
    #expect(abs(clock.skew + 40.5) < 0.002)
  }

  @Test("a clock that goes wrong slowly does not step, and one that is set does, either way")
  mutating func steps() {
    for second in 0..<20 { read(Double(second) * 1.9, at: Double(second) * 5) }
    #expect(clock.steps == 0)
    read(19 * 1.9 + 2.1, at: 100)
    #expect(clock.steps == 1)
    read(19 * 1.9 + 2.1, at: 105)
    #expect(clock.steps == 1)
    read(0, at: 110)
    #expect(clock.steps == 2)
  }

  @Test("an answer that took long may be wrong by half of that")
  mutating func slowAnswers() {
    read(0, at: 0)
    read(3, at: 5, trip: .seconds(4))
    #expect(clock.steps == 0)
  }
}
