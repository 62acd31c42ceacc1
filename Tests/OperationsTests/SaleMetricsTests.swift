import Metrics
import Queue
import Testing

@testable import Operations
@testable import Seats

@Suite("SaleMetrics")
struct SaleMetricsTests {
  @Test("labels are bounded: the largest events have series of their own, the others share one")
  func labels() throws {
    let registry = Registry()
    let sales = SaleMetrics(registry, limit: 2)
    for (number, name) in ["a", "b", "c", "d"].enumerated() {
      let counts = SeatCounts(total: number * 10, available: number * 10, held: 0, sold: 0)
      sales.set(
        SaleSnapshot(counts: counts, inconsistent: number, stock: ["x": number]),
        of: try #require(EventID(name)))
    }
    let text = String(decoding: registry.exposition(.text), as: UTF8.self)
    for line in [
      #"usher_seats{event="d",state="available"} 30"#, #"usher_seats{event="c",state="sold"} 0"#,
      #"usher_seats{event="other",state="available"} 10"#,
      #"usher_seats_inconsistent{event="other"} 1"#,
      #"usher_stock_remaining{event="a",item="x"} 0"#,
      #"usher_stock_remaining{event="other",item="other"} 5"#,
    ] { #expect(text.contains(line + "\n"), "\(line)\n\(text)") }
    #expect(!text.contains(#"event="b",state"#))
  }
}
