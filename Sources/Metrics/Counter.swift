import Synchronization

/// Counters of one name, a series for each set of label values.
package final class CounterFamily: Family {
  let header: FamilyHeader
  private let series = SeriesTable<Counter>()

  init(_ header: FamilyHeader) {
    self.header = header
  }

  /// A new cell of the series with these values, one for each label. The series is there, at 0,
  /// from now on, and is the sum of all its cells; they live until they are removed.
  ///
  /// Each thread asks for its own, once, and keeps it.
  package func cell(_ labelValues: String...) -> Counter {
    let counter = Counter()
    series.add(counter, labelValues) { [header.samplePrefix(labelValues)] }
    return counter
  }

  /// Takes a cell that ``cell(_:)`` gave out of the series with these values, whose sum stays as it is as
  /// long as it has another cell. With its last cell the series ends. No thread may write it any more.
  package func remove(_ cell: Counter, _ labelValues: String...) {
    series.remove(cell, labelValues)
  }

  func appendSamples(to text: inout [UInt8]) {
    for series in series.all() {
      text.appendSample(series.prefixes[0], series.cells.reduce(0) { $0 &+ $1.value })
    }
  }
}

/// A count that only grows. Any thread may write it; one writer a counter is fastest.
package final class Counter: Sendable, Cell {
  private let count = Atomic<UInt64>(0)

  /// A counter at 0 that belongs to no family, for tests.
  package init() {}

  /// Adds `amount`: one relaxed atomic addition.
  package func increment(by amount: UInt64 = 1) {
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  func absorb(_ other: Counter) {
    increment(by: other.value)
  }

  /// The count at some moment of the call.
  package var value: UInt64 { count.load(ordering: .relaxed) }
}
