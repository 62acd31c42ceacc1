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

  @Test("a cell that is removed leaves what it counted, and the last one takes the series with it")
  func removed() {
    let registry = Registry()
    let joins = registry.counter("joins_total", help: "Joins.", labels: ["outcome"])
    let times = registry.histogram("seconds", help: "Times.", labels: ["of"], edges: [1, 2])
    let length = registry.gauge("length", help: "Length.", labels: ["of"])
    let (first, second) = (joins.cell("new"), joins.cell("new"))
    let (early, late) = (times.cell("a"), times.cell("a"))
    let (here, there) = (length.cell("a"), length.cell("a"))
    let before = registry.text()
    first.increment(by: 2)
    second.increment(by: 3)
    early.observe(0.5)
    late.observe(1.5)
    here.set(1)
    there.set(2)
    joins.remove(first, "new")
    times.remove(early, "a")
    length.remove(here, "a")
    #expect(registry.text().contains(#"joins_total{outcome="new"} 5"#))
    #expect(registry.text().contains(#"seconds_bucket{of="a",le="1.0"} 1"#))
    #expect(registry.text().contains(#"seconds_sum{of="a"} 2"#))
    #expect(registry.text().contains(#"length{of="a"} 2"#))
    joins.remove(first, "new")
    joins.remove(second, "new")
    times.remove(late, "a")
    length.remove(there, "a")
    for name in ["new", #""a""#] { #expect(!registry.text().contains(name)) }
    _ = (joins.cell("new"), times.cell("a"), length.cell("a"))
    #expect(registry.text() == before)
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
