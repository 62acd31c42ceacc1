import Locking

/// What one thread writes of a series.
protocol Cell: AnyObject, Sendable {
  /// Takes over what `other`, which no thread writes any more, has counted.
  func absorb(_ other: Self)
}

/// The series of a family, sorted by label values, each with the cells that are its shards.
///
/// Adding and removing a cell, and looking at them, take a lock; writing a cell does not.
final class SeriesTable<Shard: Cell>: Sendable {
  struct Series {
    let labelValues: [String]
    /// What stands before the value of each of the series' samples.
    let prefixes: [[UInt8]]
    var cells: [Shard]
  }

  private let series = Lock<[Series]>([])

  /// Adds a cell to the series of `labelValues`. The first one brings the series into being, with
  /// the prefixes that `render` gives.
  func add(_ cell: Shard, _ labelValues: [String], render: () -> [[UInt8]]) {
    series.withLock { series in
      let place = Self.place(of: labelValues, in: series)
      if place < series.count, series[place].labelValues == labelValues {
        series[place].cells.append(cell)
      } else {
        let new = Series(labelValues: labelValues, prefixes: render(), cells: [cell])
        series.insert(new, at: place)
      }
    }
  }

  /// Takes a cell, which no thread writes any more, out of its series: another cell takes over what it
  /// has counted, and with the last cell the series ends.
  func remove(_ cell: Shard, _ labelValues: [String]) {
    series.withLock { series in
      let place = Self.place(of: labelValues, in: series)
      guard place < series.count, series[place].labelValues == labelValues,
        let index = series[place].cells.firstIndex(where: { $0 === cell })
      else { return }
      series[place].cells.remove(at: index)
      if let heir = series[place].cells.first {
        heir.absorb(cell)
      } else {
        series.remove(at: place)
      }
    }
  }

  /// All series at this moment.
  func all() -> [Series] {
    series.withLock { $0 }
  }

  /// Where the series of `labelValues` is, or would be.
  private static func place(of labelValues: [String], in series: [Series]) -> Int {
    var (low, high) = (0, series.count)
    while low < high {
      let middle = (low + high) / 2
      if series[middle].labelValues.lexicographicallyPrecedes(labelValues) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
