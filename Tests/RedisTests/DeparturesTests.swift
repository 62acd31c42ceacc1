import Loop
import Testing

@testable import Redis

@Suite struct DeparturesTests {
  @Test("commands of one write share its time")
  func batches() {
    var departures = Departures()
    departures.depart(2, at: Instant(nanoseconds: 10))
    departures.depart(0, at: Instant(nanoseconds: 20))
    departures.depart(1, at: Instant(nanoseconds: 30))
    #expect(departures.count == 3)
    #expect(departures.oldest == Instant(nanoseconds: 10))
    #expect(departures.arrive() == Instant(nanoseconds: 10))
    #expect(departures.oldest == Instant(nanoseconds: 10))
    #expect(departures.arrive() == Instant(nanoseconds: 10))
    #expect(departures.oldest == Instant(nanoseconds: 30))
    #expect(departures.arrive() == Instant(nanoseconds: 30))
    #expect(departures.arrive() == nil)
    #expect(departures.oldest == nil)
    #expect(departures.count == 0)
  }
}
