import Metrics
import TestSupport
import Testing

@Suite("Counter")
struct CounterTests {
  @Test("it starts at 0 and grows by 1 or by more")
  func increment() {
    let counter = Counter()
    #expect(counter.value == 0)
    counter.increment()
    counter.increment(by: 41)
    #expect(counter.value == 42)
  }

  @Test("a series is there at 0 as soon as it has a cell")
  func bornAtZero() {
    let registry = Registry()
    let joins = registry.counter("joins_total", help: "Joins.", labels: ["outcome"])
    _ = joins.cell("new")
    #expect(
      registry.text() == """
        # HELP joins_total Joins.
        # TYPE joins_total counter
        joins_total{outcome="new"} 0

        """)
  }

  @Test("cells with the same label values are shards of one series")
  func shards() {
    let registry = Registry()
    let joins = registry.counter("joins_total", help: "Joins.", labels: ["outcome"])
    let (first, second, other) = (joins.cell("new"), joins.cell("new"), joins.cell("again"))
    first.increment(by: 2)
    second.increment(by: 3)
    other.increment()
    #expect(
      registry.text() == """
        # HELP joins_total Joins.
        # TYPE joins_total counter
        joins_total{outcome="again"} 1
        joins_total{outcome="new"} 5

        """)
  }

  @Test("in OpenMetrics the family goes without _total and its samples with it")
  func openMetrics() {
    let registry = Registry()
    registry.counter("joins_total", help: "Joins.").cell().increment(by: 7)
    #expect(
      registry.text(.openMetrics) == """
        # HELP joins Joins.
        # TYPE joins counter
        joins_total 7
        # EOF

        """)
  }

  @Test("counts beyond the precision of a double are exact")
  func large() {
    let registry = Registry()
    registry.counter("bytes_total", help: "Bytes.").cell().increment(by: 1 << 60 + 1)
    #expect(registry.text().hasSuffix("bytes_total \(UInt64(1) << 60 + 1)\n"))
  }

  @Test("no increment is lost between threads, neither of a shared counter nor of shards")
  func concurrent() throws {
    let family = Registry().counter("joins_total", help: "Joins.", labels: ["outcome"])
    let shared = family.cell("new")
    let shards = try parallel(4) { _ in
      let own = family.cell("new")
      for _ in 0..<50_000 {
        shared.increment()
        own.increment(by: 2)
      }
      return own
    }
    #expect(shared.value == 200_000)
    #expect(shards.map(\.value) == Array(repeating: 100_000, count: 4))
  }
}
