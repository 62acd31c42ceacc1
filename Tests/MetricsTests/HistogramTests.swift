import Metrics
import Testing

@Suite("Histogram")
struct HistogramTests {
  @Test("a value counts in its bucket and all above, and an edge belongs to the bucket below it")
  func buckets() {
    let registry = Registry()
    let wait = registry.histogram("wait_seconds", help: "Waited.", edges: [0.05, 0.5, 1])
    let cell = wait.cell()
    for value in [0, 0.05, 0.051, 1, 60] { cell.observe(value) }
    #expect(
      registry.text() == """
        # HELP wait_seconds Waited.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{le="0.05"} 2
        wait_seconds_bucket{le="0.5"} 3
        wait_seconds_bucket{le="1.0"} 4
        wait_seconds_bucket{le="+Inf"} 5
        wait_seconds_sum 61.101
        wait_seconds_count 5

        """)
  }

  @Test("a series is there with all its buckets at 0 as soon as it has a cell")
  func bornAtZero() {
    let registry = Registry()
    _ = registry.histogram("eta_ratio", help: "Error.", labels: ["event"], edges: [1]).cell("x")
    #expect(
      registry.text(.openMetrics) == """
        # HELP eta_ratio Error.
        # TYPE eta_ratio histogram
        eta_ratio_bucket{event="x",le="1.0"} 0
        eta_ratio_bucket{event="x",le="+Inf"} 0
        eta_ratio_sum{event="x"} 0
        eta_ratio_count{event="x"} 0
        # EOF

        """)
  }

  @Test("shards of one series are summed, bucket by bucket")
  func shards() {
    let registry = Registry()
    let wait = registry.histogram("wait_seconds", help: "Waited.", labels: ["node"], edges: [1])
    let cells = [wait.cell("b"), wait.cell("a"), wait.cell("b")]
    for (cell, value) in zip(cells, [0.5, 0.25, 2]) { cell.observe(value) }
    #expect(
      registry.text() == """
        # HELP wait_seconds Waited.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{node="a",le="1.0"} 1
        wait_seconds_bucket{node="a",le="+Inf"} 1
        wait_seconds_sum{node="a"} 0.25
        wait_seconds_count{node="a"} 1
        wait_seconds_bucket{node="b",le="1.0"} 1
        wait_seconds_bucket{node="b",le="+Inf"} 2
        wait_seconds_sum{node="b"} 2.5
        wait_seconds_count{node="b"} 2

        """)
  }

  @Test("a histogram of its own tells count and sum, infinity included and NaN left out")
  func freeStanding() {
    let histogram = Histogram(edges: [1])
    histogram.observe(.nan)
    histogram.observe(3)
    #expect(histogram.count == 1)
    #expect(histogram.sum == 3)
    histogram.observe(.infinity)
    #expect(histogram.count == 2)
    #expect(histogram.sum == .infinity)
  }

  @Test("edges that no buckets can have stop the process")
  func badEdges() async {
    await #expect(processExitsWith: .failure) { _ = Histogram(edges: []) }
    await #expect(processExitsWith: .failure) { _ = Histogram(edges: [2, 1]) }
    await #expect(processExitsWith: .failure) { _ = Histogram(edges: [1, 1]) }
    await #expect(processExitsWith: .failure) { _ = Histogram(edges: [-1, 1]) }
    await #expect(processExitsWith: .failure) { _ = Histogram(edges: [.nan]) }
    await #expect(processExitsWith: .failure) { _ = Histogram(edges: [1, .infinity]) }
    await #expect(processExitsWith: .failure) { _ = Histogram(edges: [1e6]) }
  }
}
