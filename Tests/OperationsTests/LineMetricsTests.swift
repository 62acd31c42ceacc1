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
}
