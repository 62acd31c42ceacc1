import Locking

/// The metrics of a process and their text for Prometheus.
///
/// Families are registered once, by the code that measures, and appear in the exposition in that order.
/// A *family* is a name with its help, type and labels; a *series* is a family with one set of label
/// values; a *cell* is what one thread writes, and a series is the sum of its cells. So a thread that
/// counts never waits for another: cells are relaxed atomics, and only a scrape visits them all.
///
/// Registering a name twice, or a name that Prometheus would not take, is a programming error and
/// stops the process. Everything here may be called from any thread.
///
/// Source: Prometheus' exposition formats, text 0.0.4 and OpenMetrics 1.0.0.
package final class Registry: Sendable {
  /// What the samples of a family that is computed at scrape mean.
  package enum ComputedKind: Sendable {
    /// It only grows, or starts again at 0; the name ends in `_total`.
    case counter
    /// It goes up and down.
    case gauge
  }

  private struct State {
    var families: [any Family] = []
    var names: Set<String> = []
  }

  private let state = Lock(State())

  /// A registry without families.
  package init() {}

  /// Registers a family of counters; `name` ends in `_total`.
  package func counter(_ name: String, help: String, labels: [String] = []) -> CounterFamily {
    add(CounterFamily(FamilyHeader(name, .counter, help: help, labels: labels)))
  }

  /// Registers a family of gauges.
  package func gauge(_ name: String, help: String, labels: [String] = []) -> GaugeFamily {
    add(GaugeFamily(FamilyHeader(name, .gauge, help: help, labels: labels)))
  }

  /// Registers a family of histograms.
  ///
  /// - Parameter edges: The upper bounds of the buckets, each inclusive, strictly rising, from 0 to
  ///   below a million; the last bucket, `+Inf`, is added.
  package func histogram(
    _ name: String, help: String, labels: [String] = [], edges: [Double]
  ) -> HistogramFamily {
    add(HistogramFamily(FamilyHeader(name, .histogram, help: help, labels: labels), edges: edges))
  }

  /// Registers a family whose samples are computed at each scrape, by the thread that scrapes.
  ///
  /// - Parameter samples: Gives the present samples, with a value for each label; those with equal
  ///   label values are summed. None at all means: not known now.
  package func collect(
    _ name: String, kind: ComputedKind, help: String, labels: [String] = [],
    _ samples: @escaping @Sendable () -> [(labelValues: [String], value: Double)]
  ) {
    let kind: FamilyHeader.Kind =
      switch kind {
      case .counter: .counter
      case .gauge: .gauge
      }
    let header = FamilyHeader(name, kind, help: help, labels: labels)
    _ = add(ComputedFamily(header, samples: samples))
  }

  /// All families and their present values, as the body of an answer to a scrape.
  ///
  /// What is being written meanwhile may be in it or not; each value was true at some moment of the
  /// call.
  package func exposition(_ format: ExpositionFormat) -> [UInt8] {
    let families = state.withLock { $0.families }
    var text: [UInt8] = []
    for family in families {
      text += family.header.bytes(in: format)
      family.appendSamples(to: &text)
    }
    switch format {
    case .text: break
    case .openMetrics: text += "# EOF\n".utf8
    }
    return text
  }

  private func add<NewFamily: Family>(_ family: NewFamily) -> NewFamily {
    state.withLock { state in
      for name in family.header.claimedNames {
        precondition(state.names.insert(name).inserted, "metric \(name) is registered already")
      }
      state.families.append(family)
    }
    return family
  }
}
