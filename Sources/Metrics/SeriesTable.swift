import Locking

/// The series of a family, sorted by label values, each with the cells that are its shards.
///
/// Adding a cell and looking at them take a lock; writing a cell does not.
final class SeriesTable<Cell: Sendable>: Sendable {
  struct Series {
    let labelValues: [String]
    /// What stands before the value of each of the series' samples.
    let prefixes: [[UInt8]]
    var cells: [Cell]
  }

  private let series = Lock<[Series]>([])

  /// Adds a cell to the series of `labelValues`. The first one brings the series into being, with
  /// the prefixes that `render` gives.
  func add(_ cell: Cell, _ labelValues: [String], render: () -> [[UInt8]]) {
    series.withLock { series in
      let place = series.firstIndex { !$0.labelValues.lexicographicallyPrecedes(labelValues) }
      if let place, series[place].labelValues == labelValues {
        series[place].cells.append(cell)
      } else {
        let new = Series(labelValues: labelValues, prefixes: render(), cells: [cell])
        series.insert(new, at: place ?? series.endIndex)
      }
    }
  }

  /// All series at this moment.
  func all() -> [Series] {
    series.withLock { $0 }
  }
}
