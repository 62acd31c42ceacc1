import Metrics
import TestSupport
import Testing

@Suite("Registry")
struct RegistryTests {
  @Test("families stand in the order of registration, each in one piece")
  func order() {
    let registry = Registry()
    let zebras = registry.counter("zebras_total", help: "Zebras.", labels: ["stable"])
    let apes = registry.gauge("apes", help: "Apes.")
    zebras.cell("b").increment()
    apes.cell().set(3)
    zebras.cell("a").increment()
    #expect(
      registry.text() == """
        # HELP zebras_total Zebras.
        # TYPE zebras_total counter
        zebras_total{stable="a"} 1
        zebras_total{stable="b"} 1
        # HELP apes Apes.
        # TYPE apes gauge
        apes 3

        """)
  }

  @Test("nothing registered is an empty text, and in OpenMetrics its end")
  func empty() {
    #expect(Registry().text() == "")
    #expect(Registry().text(.openMetrics) == "# EOF\n")
  }

  @Test("backslash, line feed and quotation mark are escaped where they would end something")
  func escaping() {
    let registry = Registry()
    let hostile = "a\\b\n\"c\" é"
    registry.gauge("g", help: hostile, labels: ["l"]).cell(hostile).set(1)
    #expect(
      registry.text() == #"""
        # HELP g a\\b\n"c" é
        # TYPE g gauge
        g{l="a\\b\n\"c\" é"} 1

        """#)
    #expect(
      registry.text(.openMetrics) == #"""
        # HELP g a\\b\n\"c\" é
        # TYPE g gauge
        g{l="a\\b\n\"c\" é"} 1
        # EOF

        """#)
  }

  @Test(
    "a number is written with the fewest digits that read back as the same number",
    arguments: [
      (0, "0"), (-0.0, "0"), (1, "1"), (-17, "-17"), (0.1, "0.1"), (1.0 / 3, "0.3333333333333333"),
      (1e-7, "1e-07"), (1_752_000_000.25, "1752000000.25"),
      (9_007_199_254_740_991, "9007199254740991"),
      (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"), (.infinity, "+Inf"),
      (-.infinity, "-Inf"),
      (.nan, "NaN"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) {
    let registry = Registry()
    registry.gauge("g", help: "G.").cell().set(value)
    #expect(registry.text() == "# HELP g G.\n# TYPE g gauge\ng \(text)\n")
  }

  @Test("a computed family is asked at each scrape, sorted, and summed where labels are equal")
  func computed() {
    let registry = Registry()
    let scrapes = Counter()
    registry.collect("lengths", kind: .gauge, help: "Lengths.", labels: ["event"]) {
      scrapes.increment()
      return [(["other"], 1.5), (["b"], Double(scrapes.value)), (["other"], 2)]
    }
    registry.collect("calls_total", kind: .counter, help: "Calls.") { [([], 12)] }
    func expected(_ scrape: Int, calls: String, end: String) -> String {
      """
      # HELP lengths Lengths.
      # TYPE lengths gauge
      lengths{event="b"} \(scrape)
      lengths{event="other"} 3.5
      # HELP \(calls) Calls.
      # TYPE \(calls) counter
      calls_total 12
      \(end)
      """
    }
    #expect(registry.text() == expected(1, calls: "calls_total", end: ""))
    #expect(registry.text(.openMetrics) == expected(2, calls: "calls", end: "# EOF\n"))
  }

  @Test("a computed family that knows nothing now has no samples")
  func computedWithoutSamples() {
    let registry = Registry()
    registry.collect("lengths", kind: .gauge, help: "Lengths.") { [] }
    #expect(registry.text() == "# HELP lengths Lengths.\n# TYPE lengths gauge\n")
  }

  @Test("a scrape while others write sees each histogram whole, never falling, and all at the end")
  func concurrent() throws {
    let registry = Registry()
    let family = registry.histogram("h", help: "H.", labels: ["l"], edges: [1, 2, 3])
    let (writers, rounds) = (4, 20_000)
    let writing = Gauge()
    writing.set(Double(writers))
    _ = try parallel(writers + 1) { number in
      if number == writers {
        var last: [String: Double] = [:]
        while writing.value > 0 {
          let now = samples(of: registry.text())
          #expect(now["h_count{l=\"x\"}"] == now["h_bucket{l=\"x\",le=\"+Inf\"}"])
          for (name, value) in now { #expect(value >= last[name, default: 0], "\(name) fell") }
          last = now
        }
      } else {
        let cell = family.cell("x")
        for round in 0..<rounds { cell.observe(Double(round % 5)) }
        writing.add(-1)
      }
    }
    #expect(
      registry.text() == """
        # HELP h H.
        # TYPE h histogram
        h_bucket{l="x",le="1.0"} 32000
        h_bucket{l="x",le="2.0"} 48000
        h_bucket{l="x",le="3.0"} 64000
        h_bucket{l="x",le="+Inf"} 80000
        h_sum{l="x"} 160000
        h_count{l="x"} 80000

        """)
  }

  @Test("a name that is taken, also by a sample of another family, stops the process")
  func taken() async {
    await #expect(processExitsWith: .failure) {
      let registry = Registry()
      _ = registry.gauge("g", help: "G.")
      _ = registry.gauge("g", help: "G.")
    }
    await #expect(processExitsWith: .failure) {
      let registry = Registry()
      _ = registry.histogram("h", help: "H.", edges: [1])
      _ = registry.gauge("h_count", help: "H.")
    }
    await #expect(processExitsWith: .failure) {
      let registry = Registry()
      _ = registry.gauge("c", help: "C.")
      registry.collect("c_total", kind: .counter, help: "C.") { [] }
    }
  }

  @Test("names that differ, also by type, stand side by side")
  func notTaken() {
    let registry = Registry()
    _ = registry.gauge("pool", help: "P.")
    _ = registry.gauge("pool_max", help: "P.")
    _ = registry.counter("pool_opened_total", help: "P.")
    _ = registry.histogram("pool_wait_seconds", help: "P.", edges: [1])
    #expect(registry.text().contains("# TYPE pool_wait_seconds histogram\n"))
  }

  @Test(
    "a name that Prometheus would not take stops the process",
    arguments: ["", "1a", "a-é"])
  func badNames(name: String) async {
    await #expect(processExitsWith: .failure) { [name] in
      _ = Registry().gauge(name, help: "G.")
    }
    await #expect(processExitsWith: .failure) { [name] in
      _ = Registry().gauge("g", help: "G.", labels: [name])
    }
  }

  @Test("labels that cannot be, and label values that do not match them, stop the process")
  func badLabels() async {
    await #expect(processExitsWith: .failure) {
      _ = Registry().gauge("g", help: "G.", labels: ["a", "a"])
    }
    await #expect(processExitsWith: .failure) {
      _ = Registry().gauge("g", help: "G.", labels: ["__name__"])
    }
    await #expect(processExitsWith: .failure) {
      _ = Registry().histogram("h", help: "H.", labels: ["le"], edges: [1])
    }
    await #expect(processExitsWith: .failure) {
      _ = Registry().gauge("g", help: "G.", labels: ["a"]).cell()
    }
    await #expect(processExitsWith: .failure) {
      _ = Registry().counter("without_suffix", help: "C.")
    }
  }
}

/// The values of a text by what stands before them.
private func samples(of text: String) -> [String: Double] {
  let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
  let pairs = lines.map { $0.split(separator: " ") }
  return Dictionary(pairs.map { (String($0[0]), Double($0[1]) ?? .nan) }) { first, _ in first }
}
