import Synchronization

/// Histograms of one name, a series for each set of label values, all with the same buckets.
package final class HistogramFamily: Family {
  let header: FamilyHeader
  private let edges: [Double]
  private let series = SeriesTable<Histogram>()

  init(_ header: FamilyHeader, edges: [Double]) {
    Histogram.check(edges)
    self.header = header
    self.edges = edges
  }

  /// A new cell of the series with these values, one for each label. The series is there, all 0,
  /// from now on, and is the sum of all its cells; they live until they are removed.
  ///
  /// Each thread asks for its own, once, and keeps it.
  package func cell(_ labelValues: String...) -> Histogram {
    let histogram = Histogram(edges: edges)
    series.add(histogram, labelValues) { prefixes(labelValues) }
    return histogram
  }

  /// In the order in which the samples are written: the buckets, the sum, the count.
  private func prefixes(_ labelValues: [String]) -> [[UInt8]] {
    (edges + [.infinity]).map {
      header.samplePrefix(
        labelValues, suffix: "_bucket", upperBound: ExpositionText.upperBound($0))
    } + ["_sum", "_count"].map { header.samplePrefix(labelValues, suffix: $0) }
  }

  /// Takes a cell that ``cell(_:)`` gave out of the series with these values, whose sum stays as it is as
  /// long as it has another cell. With its last cell the series ends. No thread may write it any more.
  package func remove(_ cell: Histogram, _ labelValues: String...) {
    series.remove(cell, labelValues)
  }

  func appendSamples(to text: inout [UInt8]) {
    for series in series.all() {
      var count: UInt64 = 0
      for bucket in 0...edges.count {
        count += series.cells.reduce(0) { $0 + $1.count(inBucket: bucket) }
        text.appendSample(series.prefixes[bucket], count)
      }
      text.appendSample(series.prefixes[edges.count + 1], series.cells.reduce(0) { $0 + $1.sum })
      // Not counted apart, so it equals the `+Inf` bucket while other threads write.
      text.appendSample(series.prefixes[edges.count + 2], count)
    }
  }
}

/// How often values fell between which edges, and their sum. Any thread may write it; one writer a
/// histogram is fastest.
///
/// Bucket and sum are two atomics, and no lock holds them together: a scrape during an
/// ``observe(_:)`` may find the value in its bucket and not yet in the sum. The next one has both.
package final class Histogram: Sendable, Cell {
  private let edges: [Double]
  private let counts: AtomicCounts
  private let total = Atomic<Double>(0)

  /// A histogram without values that belongs to no family, for tests.
  ///
  /// - Parameter edges: The upper bounds of the buckets, as in
  ///   ``Registry/histogram(_:help:labels:edges:)``.
  package init(edges: [Double]) {
    Self.check(edges)
    self.edges = edges
    counts = AtomicCounts(count: edges.count + 1)
  }

  /// Counts `value`, in the unit that the histogram's name says. NaN, which no measurement gives, is
  /// passed over: it would spoil the sum for ever.
  package func observe(_ value: Double) {
    if value.isNaN { return }
    // There are a dozen edges and most values are below the first few: no need to halve.
    counts.increment(edges.firstIndex { value <= $0 } ?? edges.count)
    total.add(value)
  }

  func absorb(_ other: Histogram) {
    for bucket in 0...edges.count { counts.increment(bucket, by: other.count(inBucket: bucket)) }
    total.add(other.sum)
  }

  /// How many values were observed, at some moment of the call.
  package var count: UInt64 {
    (0...edges.count).reduce(0) { $0 + count(inBucket: $1) }
  }

  /// The sum of the observed values, at some moment of the call.
  package var sum: Double { total.load(ordering: .relaxed) }

  /// How many values fell into one bucket alone, without those below; the last is `+Inf`.
  func count(inBucket bucket: Int) -> UInt64 { counts[bucket] }

  /// From a million on, OpenMetrics spells bounds otherwise than Swift does; no time in seconds and
  /// no ratio needs them. With negative ones it forbids the sum.
  static func check(_ edges: [Double]) {
    precondition(!edges.isEmpty, "a histogram needs an edge")
    precondition(edges.allSatisfy { (0..<1e6).contains($0) }, "an edge is out of range: \(edges)")
    precondition(zip(edges, edges.dropFirst()).allSatisfy(<), "the edges do not rise: \(edges)")
  }
}
