import Glibc

/// A moment of the calendar, for people to read and write; durations are measured with `Instant`, which
/// never jumps.
package struct WallTime: Equatable, Sendable, CustomStringConvertible {
  /// Milliseconds since 1970.
  package let milliseconds: Int64

  /// The moment that many milliseconds after the beginning of 1970.
  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// The present moment.
  package static var now: WallTime { WallTime(milliseconds: WallClock.milliseconds) }

  /// `2025-11-21T09:30:00.123Z`.
  ///
  /// Source: RFC 3339; `gmtime_r(3)`.
  package var description: String {
    var seconds = time_t(milliseconds / 1000)
    var date = tm()
    gmtime_r(&seconds, &date)
    let day = [Int(date.tm_year) + 1900, Int(date.tm_mon) + 1, Int(date.tm_mday)]
    let clock = [date.tm_hour, date.tm_min, date.tm_sec].map { Self.digits(Int($0), 2) }
    return day.map { Self.digits($0, 2) }.joined(separator: "-") + "T"
      + clock.joined(separator: ":") + ".\(Self.digits(Int(milliseconds % 1000), 3))Z"
  }

  private static func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
