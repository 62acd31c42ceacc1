import Queue
import Testing

@testable import Operations

@Suite("VisitSchedule")
struct VisitScheduleTests {
  private let events = (0..<40).map { EventID("e\($0)")! }
  private var schedule = VisitSchedule()

  private mutating func takeAll() -> [EventID] {
    var taken: [EventID] = []
    while let event = schedule.next() { taken.append(event) }
    return taken
  }

  @Test("so many at a time, in order, and one more for each that is over")
  mutating func bound() {
    schedule.begin(events)
    #expect(takeAll() == Array(events[..<16]))
    schedule.ended(events[7])
    #expect(takeAll() == [events[16]])
    #expect(!schedule.isThrough)
    for event in events[..<17] { schedule.ended(event) }
    #expect(takeAll() == Array(events[17..<33]))
    for event in events[17..<33] { schedule.ended(event) }
    #expect(takeAll() == Array(events[33...]))
    #expect(schedule.isThrough)
  }

  @Test("an event that takes long holds up neither the rest of the round nor the next one")
  mutating func slow() {
    for round in 0..<3 {
      #expect(schedule.isThrough)
      schedule.begin(events)
      var seen: [EventID] = []
      while let event = schedule.next() {
        seen.append(event)
        if event != events[0] { schedule.ended(event) }
      }
      #expect(seen == (round == 0 ? events : Array(events[1...])))
    }
    schedule.ended(events[0])
    schedule.begin([events[0]])
    #expect(schedule.next() == events[0])
  }
}
