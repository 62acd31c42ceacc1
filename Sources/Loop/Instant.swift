import Glibc

/// A moment on the machine's monotonic clock, in nanoseconds since an arbitrary start.
///
/// It never jumps when the wall clock is set. Every decision in usher takes the time as a
/// parameter of this type, so tests can pass any moment they like. Sums and differences stop at the
/// ends of the scale, 292 years either way, instead of overflowing.
///
/// Source: `clock_gettime(CLOCK_MONOTONIC)`.
package struct Instant: Comparable, Hashable, Sendable {
  /// Nanoseconds since the clock's start.
  package var nanoseconds: Int64

  /// A moment from its nanoseconds; tests use small numbers.
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Reads the clock.
  package static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Whether `left` is the earlier moment.
  package static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The moment `duration` later.
  package static func + (left: Instant, duration: Duration) -> Instant {
    let (sum, overflow) = left.nanoseconds.addingReportingOverflow(duration.nanoseconds)
    return overflow ? end(isLate: duration > .zero) : Instant(nanoseconds: sum)
  }

  /// The moment `duration` earlier.
  package static func - (left: Instant, duration: Duration) -> Instant {
    let (difference, overflow) =
      left.nanoseconds.subtractingReportingOverflow(duration.nanoseconds)
    return overflow ? end(isLate: duration < .zero) : Instant(nanoseconds: difference)
  }

  /// The time from `right` to `left`; negative when `left` is earlier.
  package static func - (left: Instant, right: Instant) -> Duration {
    Duration(
      attoseconds: (Int128(left.nanoseconds) - Int128(right.nanoseconds)) * 1_000_000_000)
  }

  private static func end(isLate: Bool) -> Instant {
    Instant(nanoseconds: isLate ? .max : .min)
  }
}

extension Duration {
  /// The duration in whole nanoseconds, rounded toward zero; more than 292 years count as 292.
  package var nanoseconds: Int64 {
    let attoseconds = attoseconds
    // Nearly all are below 9 s, which spares a division of 128 bits.
    if let few = Int64(exactly: attoseconds) { return few / 1_000_000_000 }
    return Int64(clamping: attoseconds / 1_000_000_000)
  }

  /// The duration in seconds, for metrics and logs.
  package var seconds: Double { Double(nanoseconds) / 1e9 }
}
