import Loop

/// Durations as people write settings: a whole number and a unit, such as `500ms`, `2s`, `1m`,
/// `6h`.
extension Duration {
  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
  ]

  /// The duration that `text` is; nil if it is none, or longer than a hundred years.
  init?(text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let suffix = text[digits.endIndex...]
    guard let unit = Self.units.first(where: { $0.suffix == suffix }),
      let count = Decimal.whole(digits), count <= 100 * 366 * 24 * 3_600_000 / unit.milliseconds
    else { return nil }
    self = .milliseconds(count * unit.milliseconds)
  }

  /// The text in the largest unit that is exact; a fraction of a millisecond is dropped.
  var text: String {
    let milliseconds = nanoseconds / 1_000_000
    guard milliseconds != 0 else { return "0s" }
    let unit = Self.units.last { milliseconds.isMultiple(of: $0.milliseconds) } ?? Self.units[0]
    return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
  }

  /// So many minutes.
  static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }

  /// So many hours.
  static func hours(_ count: Int) -> Duration { .seconds(3600 * count) }

  /// So many days of 24 hours.
  static func days(_ count: Int) -> Duration { .seconds(86_400 * count) }
}
