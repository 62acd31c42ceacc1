import Loop
import Testing

@testable import Redis

@Suite struct InFlightWritesTests {
  @Test("commands of one write share its time")
  func batches() {
    var inFlight = InFlightWrites()
    inFlight.depart(2, at: Instant(nanoseconds: 10))
    inFlight.depart(0, at: Instant(nanoseconds: 20))
    inFlight.depart(1, at: Instant(nanoseconds: 30))
    #expect(inFlight.count == 3)
    #expect(inFlight.oldest == Instant(nanoseconds: 10))
    #expect(inFlight.arrive() == Instant(nanoseconds: 10))
    #expect(inFlight.oldest == Instant(nanoseconds: 10))
    #expect(inFlight.arrive() == Instant(nanoseconds: 10))
    #expect(inFlight.oldest == Instant(nanoseconds: 30))
    #expect(inFlight.arrive() == Instant(nanoseconds: 30))
    #expect(inFlight.arrive() == nil)
    #expect(inFlight.oldest == nil)
    #expect(inFlight.count == 0)
  }
}
