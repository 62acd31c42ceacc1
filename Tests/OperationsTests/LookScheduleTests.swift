import Loop
import Queue
import Testing

@testable import Operations

@Suite("LookSchedule")
struct LookScheduleTests {
  private let event = EventID("e")!
  private var schedule = LookSchedule()

  private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

  private func isDue(_ seconds: Double, losses: Int = 0) -> Bool {
    schedule.isDue(event, at: at(seconds), losses: losses)
  }

  @Test("a look is due at every second round")
  mutating func period() {
    #expect(isDue(10))
    schedule.begin(event, at: at(10), losses: 0)
    #expect(!isDue(11.1))
    #expect(isDue(11.9))
  }

  @Test("a look is due at once when a loss was noticed since the last one")
  mutating func loss() {
    schedule.begin(event, at: at(10), losses: 3)
    #expect(!isDue(10.1, losses: 3))
    #expect(isDue(10.1, losses: 4))
    schedule.begin(event, at: at(10.1), losses: 4)
    #expect(!isDue(10.2, losses: 4))
  }

  @Test("a look is due that told nothing, and one at an event that was away")
  mutating func again() {
    schedule.begin(event, at: at(10), losses: 0)
    schedule.failed(event)
    #expect(isDue(10.1))
    schedule.begin(event, at: at(10), losses: 0)
    schedule.keep([event])
    #expect(!isDue(10.1))
    schedule.keep([])
    #expect(isDue(10.1))
  }
}
