import Loop
import Testing

@testable import Redis

@Suite struct InFlightWritesTests {
  @Test("commands of one write share its time")
  func batches() {
    var inFlight = InFlightWrites()
    inFlight.written(2, at: Instant(nanoseconds: 10))
    inFlight.written(0, at: Instant(nanoseconds: 20))
    inFlight.written(1, at: Instant(nanoseconds: 30))
    #expect(inFlight.count == 3)
    #expect(inFlight.oldest == Instant(nanoseconds: 10))
    #expect(inFlight.replyArrived() == Instant(nanoseconds: 10))
    #expect(inFlight.oldest == Instant(nanoseconds: 10))
    #expect(inFlight.replyArrived() == Instant(nanoseconds: 10))
    #expect(inFlight.oldest == Instant(nanoseconds: 30))
    #expect(inFlight.replyArrived() == Instant(nanoseconds: 30))
    #expect(inFlight.replyArrived() == nil)
    #expect(inFlight.oldest == nil)
    #expect(inFlight.count == 0)
  }
}
