import Metrics
import Testing

@testable import Operations
@testable import Queue

@Suite("LineMetrics")
struct LineMetricsTests {
  @Test("events that an operator named have series of their own first, and then the longest lines")
  func named() {
    let registry = Registry()
    let lines = LineMetrics(registry, limit: 3)
    func set(_ event: String, length: Int, isNamed: Bool) {
      var line = LineSnapshot(time: 1, length: length, tokens: 0, rate: 1, burst: 1)
      line.isNamed = isNamed
      lines.set(line, of: EventID(event)!)
    }
    set("sale", length: 0, isNamed: true)
    set("show", length: 7, isNamed: true)
    for number in 1...50 { set("junk\(number)", length: 1000 + number, isNamed: false) }
    let text = String(decoding: registry.exposition(.text), as: UTF8.self)
    let lengths = text.split(separator: "\n").filter { $0.hasPrefix("usher_queue_length{") }
    #expect(
      Set(lengths) == [
        #"usher_queue_length{event="show"} 7"#, #"usher_queue_length{event="sale"} 0"#,
        #"usher_queue_length{event="junk50"} 1050"#, #"usher_queue_length{event="other"} 50225"#,
      ])
  }

  @Test("what is in force at each event is told, and when one opens")
  func doors() {
    let registry = Registry()
    let lines = LineMetrics(registry, limit: 3)
    var line = LineSnapshot(time: 1, length: 5, tokens: 0, rate: 0.5, burst: 7)
    lines.set(line, of: EventID("show")!)
    (line.state, line.opensAt) = (.upcoming, 1_800_000_000_500_000)
    lines.set(line, of: EventID("sale")!)
    let text = String(decoding: registry.exposition(.text), as: UTF8.self)
    let series = text.split(separator: "\n").filter { $0.hasPrefix("usher_event_") }
    #expect(
      Set(series) == [
        #"usher_event_state{event="show",state="upcoming"} 0"#,
        #"usher_event_state{event="show",state="open"} 1"#,
        #"usher_event_state{event="show",state="paused"} 0"#,
        #"usher_event_state{event="show",state="closed"} 0"#,
        #"usher_event_state{event="sale",state="upcoming"} 1"#,
        #"usher_event_state{event="sale",state="open"} 0"#,
        #"usher_event_state{event="sale",state="paused"} 0"#,
        #"usher_event_state{event="sale",state="closed"} 0"#,
        #"usher_event_rate{event="show"} 0.5"#, #"usher_event_rate{event="sale"} 0.5"#,
        #"usher_event_burst{event="show"} 7"#, #"usher_event_burst{event="sale"} 7"#,
        #"usher_event_opens_timestamp_seconds{event="sale"} 1800000000.5"#,
      ])
  }
}
