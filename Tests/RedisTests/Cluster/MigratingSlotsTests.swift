import Loop
import Testing

@testable import Redis

@Suite struct MigratingSlotsTests {
  private var migrating = MigratingSlots()

  private func time(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test("migrating nothing back where nothing moves")
  mutating func nothing() {
    #expect(migrating.isEmpty)
    #expect(migrating.pause(for: 1, at: time(0)) == nil)
  }

  @Test("while a slot is held one command at a time goes, ever more seldom, and the others wait")
  mutating func probes() {
    #expect(migrating.refused(1, at: time(0), jitter: 0) == .milliseconds(10))
    #expect(migrating.pause(for: 1, at: time(4)) == .milliseconds(6))
    #expect(migrating.pause(for: 2, at: time(4)) == nil)
    // The first at the time goes, and no other until it is back.
    #expect(migrating.pause(for: 1, at: time(10)) == nil)
    #expect(migrating.pause(for: 1, at: time(10)) == .milliseconds(100))
    var now: Int64 = 15
    for pause: Int64 in [20, 40, 80, 100, 100] {
      #expect(migrating.refused(1, at: time(now), jitter: 0) == .milliseconds(pause))
      now += pause
      #expect(migrating.pause(for: 1, at: time(now)) == nil)
      now += 5
    }
  }

  @Test("when the one that went does not come back, another goes")
  mutating func lostProbe() {
    _ = migrating.refused(1, at: time(0), jitter: 0)
    #expect(migrating.pause(for: 1, at: time(10)) == nil)
    #expect(migrating.pause(for: 1, at: time(109)) == .milliseconds(1))
    #expect(migrating.pause(for: 1, at: time(110)) == nil)
  }

  @Test("those who were under way when it began wait like the others")
  mutating func together() {
    #expect(migrating.refused(1, at: time(0), jitter: 0) == .milliseconds(10))
    #expect(migrating.refused(1, at: time(1), jitter: 0) == .milliseconds(9))
    #expect(migrating.refused(1, at: time(1), jitter: 0.9) == .milliseconds(9))
  }

  @Test("chance makes a pause up to half as long")
  mutating func chance() {
    #expect(migrating.refused(1, at: time(0), jitter: 0.5) == .microseconds(7500))
  }

  @Test("once a command is served all may go")
  mutating func served() {
    _ = migrating.refused(1, at: time(0), jitter: 0)
    migrating.served(1)
    #expect(migrating.isEmpty)
    #expect(migrating.pause(for: 1, at: time(1)) == nil)
  }
}
