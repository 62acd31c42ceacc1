import Loop
import Testing

@testable import Logging

@Suite("LineLimit")
struct LineLimitTests {
  private func time(_ seconds: Int) -> Instant { Instant(nanoseconds: 0) + .seconds(seconds) }

  @Test("the first lines of a period go through, and the others are counted, once")
  func period() {
    var limit = LineLimit(lines: 2)
    #expect(limit.takeLeftOut(at: time(1)) == 0)
    #expect((0..<5).map { limit.allows(at: time(2 + $0)) } == [true, true, false, false, false])
    #expect(limit.takeLeftOut(at: time(11)) == 0)
    #expect(limit.allows(at: time(11)) == false)
    #expect(limit.takeLeftOut(at: time(12)) == 4)
    #expect(limit.takeLeftOut(at: time(12)) == 0)
    #expect(limit.allows(at: time(13)) == true)
    #expect(limit.takeLeftOut(at: time(23)) == 0)
    #expect(limit.allows(at: time(24)) == true)
  }
}
