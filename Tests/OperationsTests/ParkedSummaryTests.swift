import Loop
import Queue
import Testing

@testable import Operations

@Suite("ParkedSummary")
struct ParkedSummaryTests {
  private func time(_ seconds: Int) -> Instant { Instant(nanoseconds: 0) + .seconds(seconds) }

  @Test("a sale that parks people each second comes to one line in ten seconds")
  func sum() throws {
    let show = try #require(EventID("show"))
    let other = try #require(EventID("other"))
    var summary = ParkedSummary()
    var lines: [(people: Int, events: Int, event: EventID?)] = []
    for second in 0..<30 {
      summary.add(2, at: second == 15 ? other : show, time(second))
      if let line = summary.take(at: time(second)) { lines.append(line) }
    }
    #expect(lines.map(\.people) == [22, 22])
    #expect(lines.map(\.events) == [1, 2])
    #expect(lines.map(\.event) == [show, nil])
    #expect(summary.take(at: time(31)) == nil)
    #expect(summary.take(at: time(32))?.people == 16)
    #expect(summary.take(at: time(60)) == nil)
  }
}
