/// A count that another process keeps and that falls to zero when that starts again: what is added
/// between two readings.
struct ForeignCount<Number: Comparable & AdditiveArithmetic & Sendable>: Sendable {
  private var last: (reading: Number, run: String?)?

  init() {}

  /// How much has come since the previous reading. The first reading is where counting begins: what
  /// was there before did not happen under our eyes.
  ///
  /// Another run has counted from 0. A fall says so too, but there is none if the new count is
  /// past the old one by the time of the reading.
  mutating func growth(to reading: Number, in run: String?) -> Number {
    defer { last = (reading, run) }
    guard let last else { return .zero }
    return run != last.run || reading < last.reading ? reading : reading - last.reading
  }
}
