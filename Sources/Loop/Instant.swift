import Glibc

/// A moment on the machine's monotonic clock, in nanoseconds since an arbitrary start.
///
/// It never jumps when the wall clock is set. Every decision in usher takes the time as a
/// parameter of this type, so tests can pass any moment they like.
///
/// Source: `clock_gettime(CLOCK_MONOTONIC)`.
public struct Instant: Comparable, Hashable, Sendable {
  /// Nanoseconds since the clock's start.
  public var nanoseconds: Int64

  /// A moment from its nanoseconds; tests use small numbers.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Reads the clock.
  public static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The moment `duration` later.
  public static func + (left: Instant, duration: Duration) -> Instant {
    Instant(nanoseconds: left.nanoseconds + duration.nanoseconds)
  }

  /// The moment `duration` earlier.
  public static func - (left: Instant, duration: Duration) -> Instant {
    Instant(nanoseconds: left.nanoseconds - duration.nanoseconds)
  }

  /// The time from `right` to `left`; negative when `left` is earlier.
  public static func - (left: Instant, right: Instant) -> Duration {
    .nanoseconds(left.nanoseconds - right.nanoseconds)
  }
}

extension Duration {
  /// The duration in whole nanoseconds, rounded toward zero.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// The duration in seconds, for metrics and for people.
  public var seconds: Double { Double(nanoseconds) / 1e9 }
}
