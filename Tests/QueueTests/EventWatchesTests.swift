import Loop
import Testing

@testable import Queue

@Suite("EventWatches")
struct EventWatchesTests {
  private let e = EventID("e")!
  private let f = EventID("f")!
  private var watches = EventWatches()

  private func at(_ seconds: Double) -> Instant {
    Instant(nanoseconds: Int64(seconds * 1e9))
  }

  /// Redis time that belongs to a moment.
  private func time(_ seconds: Double) -> Int64 { 1_800_000_000_000_000 + Int64(seconds * 1e6) }

  private mutating func reach(_ event: EventID, from start: Int, to end: Int) {
    for second in start...end {
      watches.reached(event, saying: time(Double(second)), at: at(Double(second)))
    }
  }

  @Test("an event is watched from the first answer on, and its time is known from then on")
  mutating func beginning() {
    #expect(watches.duration(of: e, at: at(1)) == .zero)
    #expect(watches.time(of: e, at: at(1)) == 0)
    reach(e, from: 1, to: 20)
    #expect(watches.duration(of: e, at: at(21)) == .seconds(20))
    #expect(watches.time(of: e, at: at(21)) == time(21))
    #expect(watches.duration(of: f, at: at(21)) == .zero)
  }

  @Test("a failure ends the watch over that event, and one of the registry that over all")
  mutating func failures() {
    reach(e, from: 1, to: 10)
    reach(f, from: 10, to: 12)
    watches.failed(e)
    #expect(watches.duration(of: e, at: at(13)) == .zero)
    #expect(watches.duration(of: f, at: at(13)) == .seconds(3))
    watches.failed()
    #expect(watches.duration(of: f, at: at(13)) == .zero)
  }

  @Test("a process that stood still has watched nothing; one whose rounds are long has")
  mutating func gaps() {
    reach(e, from: 1, to: 1)
    for second in 2...60 { watches.awake(at: at(Double(second))) }
    watches.reached(e, saying: time(61), at: at(61))
    #expect(watches.duration(of: e, at: at(61)) == .seconds(60))
    watches.awake(at: at(66.5))
    #expect(watches.duration(of: e, at: at(66.5)) == .zero)
  }

  @Test("a clock of Redis that steps, either way, ends the watch", arguments: [-600.0, 2.5, 3600])
  mutating func steps(by seconds: Double) {
    reach(e, from: 1, to: 10)
    watches.reached(e, saying: time(11 + 1.5), at: at(11))
    #expect(watches.duration(of: e, at: at(11)) == .seconds(10))
    watches.reached(e, saying: time(12 + 1.5 + seconds), at: at(12))
    #expect(watches.duration(of: e, at: at(12)) == .zero)
    #expect(watches.time(of: e, at: at(13)) == time(13 + 1.5 + seconds))
  }

  @Test("what is no longer listed is forgotten")
  mutating func forgets() {
    reach(e, from: 1, to: 2)
    reach(f, from: 3, to: 4)
    watches.keep([f])
    #expect(watches.duration(of: e, at: at(5)) == .zero)
    #expect(watches.duration(of: f, at: at(5)) == .seconds(2))
  }
}
