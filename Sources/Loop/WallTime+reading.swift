import Glibc

extension WallTime {
  /// Reads a time with its offset, such as `2026-12-01T10:00:00.5+09:00`; nil for anything else. What is
  /// shorter than a millisecond is cut off; a leap second is none.
  ///
  /// Source: RFC 3339, section 5.6; `timegm(3)`.
  package init?(_ text: String) {
    var reader = TimeReader(rest: Array(text.utf8)[...])
    guard let seconds = reader.dateAndTime(), let fraction = reader.milliseconds(),
      let offset = reader.offset(), reader.rest.isEmpty
    else { return nil }
    self.init(milliseconds: (seconds - offset) * 1000 + fraction)
  }
}

/// Takes the parts of a time from the beginning of its text.
private struct TimeReader {
  var rest: ArraySlice<UInt8>

  /// Seconds since 1970, as if the offset were 0.
  mutating func dateAndTime() -> Int64? {
    guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
      take("T") || take("t"), let hour = number(2), take(":"), let minute = number(2), take(":"),
      let second = number(2), hour < 24, minute < 60, second < 60
    else { return nil }
    var date = tm()
    (date.tm_year, date.tm_mon, date.tm_mday) = (year - 1900, month - 1, day)
    (date.tm_hour, date.tm_min, date.tm_sec) = (hour, minute, second)
    let seconds = Int64(timegm(&date))
    // The 30th of February would be a day in March.
    return date.tm_mon == month - 1 && date.tm_mday == day ? seconds : nil
  }

  mutating func milliseconds() -> Int64? {
    guard take(".") else { return 0 }
    let digits = rest.prefix { Self.digits.contains($0) }
    rest = rest.dropFirst(digits.count)
    guard !digits.isEmpty else { return nil }
    let padded =
      digits.prefix(3) + repeatElement(UInt8(ascii: "0"), count: max(0, 3 - digits.count))
    return padded.reduce(0) { 10 * $0 + Int64($1 - UInt8(ascii: "0")) }
  }

  /// Seconds that are to be taken away.
  mutating func offset() -> Int64? {
    if take("Z") || take("z") { return 0 }
    let isBehind = take("-")
    guard isBehind || take("+"), let hours = number(2), take(":"), let minutes = number(2),
      hours < 24, minutes < 60
    else { return nil }
    let seconds = Int64(hours) * 3600 + Int64(minutes) * 60
    return isBehind ? -seconds : seconds
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: sign) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func number(_ count: Int) -> Int32? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy(Self.digits.contains) else { return nil }
    rest = rest.dropFirst(count)
    return digits.reduce(0) { 10 * $0 + Int32($1 - UInt8(ascii: "0")) }
  }

  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
}
