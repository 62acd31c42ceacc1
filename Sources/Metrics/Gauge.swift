import Synchronization

/// Gauges of one name, a series for each set of label values.
package final class GaugeFamily: Family {
  let header: FamilyHeader
  private let series = SeriesTable<Gauge>()

  init(_ header: FamilyHeader) {
    self.header = header
  }

  /// A new cell of the series with these values, one for each label. The series is there, at 0,
  /// from now on, and is the sum of all its cells; they live until they are removed.
  ///
  /// Each thread asks for its own, once, and keeps it.
  package func cell(_ labelValues: String...) -> Gauge {
    let gauge = Gauge()
    series.add(gauge, labelValues) { [header.samplePrefix(labelValues)] }
    return gauge
  }

  /// Takes a cell that ``cell(_:)`` gave out of the series with these values, which is the sum of the
  /// others from now on. With its last cell the series ends. No thread may write it any more.
  package func remove(_ cell: Gauge, _ labelValues: String...) {
    series.remove(cell, labelValues)
  }

  func appendSamples(to text: inout [UInt8]) {
    for series in series.all() {
      text.appendSample(series.prefixes[0], series.cells.reduce(0) { $0 + $1.value })
    }
  }
}

/// A number that goes up and down. Any thread may write it; one writer a gauge is fastest.
package final class Gauge: Sendable, Cell {
  private let number = Atomic<Double>(0)

  /// A gauge at 0 that belongs to no family, for tests.
  package init() {}

  /// Makes `value` the number.
  package func set(_ value: Double) {
    number.store(value, ordering: .relaxed)
  }

  /// Adds `difference`, which may be negative.
  package func add(_ difference: Double) {
    number.add(difference)
  }

  /// A gauge says how something stands, and what the other spoke of is gone.
  func absorb(_ other: Gauge) {}

  /// The number at some moment of the call.
  package var value: Double { number.load(ordering: .relaxed) }
}
