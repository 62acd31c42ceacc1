import Glibc
import Testing

@testable import Loop

@Suite("Instant and Duration")
struct InstantTests {
  @Test("moments add, subtract and compare as their nanoseconds do")
  func arithmetic() {
    let moment = Instant(nanoseconds: 1_000)
    #expect(moment + .nanoseconds(5) == Instant(nanoseconds: 1_005))
    #expect(moment - .microseconds(2) == Instant(nanoseconds: -1_000))
    #expect(moment + .seconds(-1) == Instant(nanoseconds: -999_999_000))
    #expect(Instant(nanoseconds: 7) - Instant(nanoseconds: 10) == .nanoseconds(-3))
    #expect(Instant(nanoseconds: -1) < Instant(nanoseconds: 0))
    #expect(!(moment < moment))
    #expect((moment + .seconds(3600)) - moment == .seconds(3600))
  }

  @Test("the clock is the monotonic one, and never goes back")
  func clock() {
    var before = timespec()
    clock_gettime(CLOCK_MONOTONIC, &before)
    var last = Instant(
      nanoseconds: Int64(before.tv_sec) * 1_000_000_000 + Int64(before.tv_nsec))
    for _ in 0..<10_000 {
      let now = Instant.now
      #expect(now >= last)
      last = now
    }
    var after = timespec()
    clock_gettime(CLOCK_MONOTONIC, &after)
    #expect(last.nanoseconds <= Int64(after.tv_sec) * 1_000_000_000 + Int64(after.tv_nsec))
  }

  @Test(
    "a duration's nanoseconds are rounded toward zero",
    arguments: [
      (Duration.zero, 0), (.seconds(2), 2_000_000_000), (.milliseconds(-3), -3_000_000),
      (.nanoseconds(1), 1),
      (Duration(secondsComponent: 1, attosecondsComponent: 1_999_999_999), 1_000_000_001),
      (Duration(secondsComponent: 0, attosecondsComponent: -1_999_999_999), -1),
      (Duration(secondsComponent: 0, attosecondsComponent: 999_999_999), 0),
    ] as [(Duration, Int64)])
  func nanoseconds(duration: Duration, nanoseconds: Int64) {
    #expect(duration.nanoseconds == nanoseconds)
  }

  @Test("a duration's seconds are a plain number")
  func seconds() {
    #expect(Duration.milliseconds(1_500).seconds == 1.5)
    #expect(Duration.microseconds(-250).seconds == -0.000_25)
    #expect(Duration.zero.seconds == 0)
  }

  @Test("what lies beyond 292 years stops at the end of the clock")
  func saturation() {
    #expect(Duration.seconds(Int64.max).nanoseconds == .max)
    #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    let (first, last) = (Instant(nanoseconds: .min), Instant(nanoseconds: .max))
    #expect(Instant(nanoseconds: 1) + .seconds(Int64.max) == last)
    #expect(Instant(nanoseconds: -2) - .seconds(Int64.max) == first)
    #expect(Instant(nanoseconds: -1) + .seconds(Int64.min) == first)
    #expect((last - first).nanoseconds == .max)
    #expect((first - last).nanoseconds == .min)
  }
}
