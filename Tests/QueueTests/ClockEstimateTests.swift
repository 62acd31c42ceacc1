import Loop
import Testing

@testable import Queue

@Suite("ClockEstimate")
final class ClockEstimateTests {
  private var estimate = ClockEstimate()

  private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  /// Takes in a clock that is `offset` seconds ahead of the monotonic one, at once.
  private func measure(_ offset: Int64, at seconds: Int64) -> Bool {
    estimate.measured((seconds + offset) * 1_000_000, sent: at(seconds), received: at(seconds))
  }

  @Test("knows nothing before the first measurement, and goes on by the monotonic clock")
  func begins() {
    #expect(estimate.time(at: at(1)) == nil)
    #expect(!measure(100, at: 5))
    #expect(estimate.time(at: at(8)) == 108_000_000)
  }

  @Test("follows a clock that drifts")
  func drift() {
    _ = measure(100, at: 0)
    for second in 1...20 { #expect(!measure(100 + Int64(second), at: Int64(second))) }
    #expect(estimate.time(at: at(20)) == 140_000_000)
  }

  @Test("does not follow a clock that is wrong for seconds, and tells of the step once")
  func shortStep() {
    _ = measure(100, at: 0)
    #expect(measure(25_300, at: 1))
    #expect(!measure(25_300, at: 2))
    #expect(estimate.time(at: at(2)) == 102_000_000)
    #expect(!measure(100, at: 3))
    #expect(estimate.time(at: at(4)) == 104_000_000)
    #expect(measure(25_300, at: 5))
  }

  @Test("follows a clock that keeps to its step", arguments: [-600, 600])
  func longStep(step: Int64) {
    _ = measure(1000, at: 0)
    #expect(measure(1000 + step, at: 1))
    for second in 2...10 { #expect(!measure(1000 + step, at: Int64(second))) }
    #expect(estimate.time(at: at(10)) == 1_010_000_000)
    #expect(!measure(1000 + step, at: 11))
    #expect(estimate.time(at: at(11)) == (1011 + step) * 1_000_000)
  }

  @Test("takes no answer that came late for a step")
  func slowAnswer() {
    _ = measure(100, at: 0)
    let isStep = estimate.measured(110_000_000, sent: at(10), received: at(15))
    #expect(!isStep)
    #expect(!measure(100, at: 16))
  }
}
