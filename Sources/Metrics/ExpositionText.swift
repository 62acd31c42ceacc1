/// Numbers and texts as both formats spell them.
enum ExpositionText {
  /// A sample's value: the shortest digits that read back as the same number, without a fraction
  /// when it has none.
  static func number(_ value: Double) -> String {
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value.description
  }

  /// A bucket's upper bound. OpenMetrics wants whole numbers with a fraction here (`1.0`), because
  /// the text is part of the series' identity; the older format leaves it open. Both get the same,
  /// so that a series is the same whichever of them a server asks for.
  static func upperBound(_ edge: Double) -> String {
    edge == .infinity ? "+Inf" : edge.description
  }

  /// Escapes backslash and line feed, and double quotes if asked: they end a label's value in both
  /// formats, and a help text only in OpenMetrics.
  static func escaped(_ text: String, quotes: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\"") where quotes: bytes += "\\\"".utf8
      default: bytes.append(byte)
      }
    }
    return bytes
  }
}

extension [UInt8] {
  /// Appends one line: what ``FamilyHeader/samplePrefix(_:suffix:upperBound:)`` rendered, and the
  /// value.
  mutating func appendSample(_ prefix: [UInt8], _ value: Double) {
    append(contentsOf: prefix)
    append(contentsOf: ExpositionText.number(value).utf8)
    append(UInt8(ascii: "\n"))
  }

  /// Appends one line with a count, which is exact however large.
  mutating func appendSample(_ prefix: [UInt8], _ value: UInt64) {
    append(contentsOf: prefix)
    append(contentsOf: String(value).utf8)
    append(UInt8(ascii: "\n"))
  }
}
