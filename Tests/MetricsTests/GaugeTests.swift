import Metrics
import TestSupport
import Testing

@Suite("Gauge")
struct GaugeTests {
  @Test("it is set, and moved up and down")
  func setAndAdd() {
    let gauge = Gauge()
    #expect(gauge.value == 0)
    gauge.set(2.5)
    gauge.add(1)
    gauge.add(-3)
    #expect(gauge.value == 0.5)
  }

  @Test("shards of one series are summed")
  func shards() {
    let registry = Registry()
    let connections = registry.gauge("connections", help: "Open.", labels: ["node", "state"])
    connections.cell("b:1", "idle").set(1)
    connections.cell("a:1", "used").set(4)
    connections.cell("a:1", "used").set(8)
    connections.cell("a:1", "idle").set(-0.25)
    for format in [ExpositionFormat.text, .openMetrics] {
      #expect(
        registry.text(format) == """
          # HELP connections Open.
          # TYPE connections gauge
          connections{node="a:1",state="idle"} -0.25
          connections{node="a:1",state="used"} 12
          connections{node="b:1",state="idle"} 1
          \(format == .openMetrics ? "# EOF\n" : "")
          """)
    }
  }

  @Test("no addition is lost between threads")
  func concurrent() throws {
    let gauge = Gauge()
    _ = try parallel(4) { _ in
      for _ in 0..<50_000 { gauge.add(0.5) }
    }
    #expect(gauge.value == 100_000)
  }
}
