import Glibc

/// The machine's wall clock, which other machines agree with, and which may be set: for logs and for
/// what need not be exact. Decisions use ``Instant``, which never jumps.
package enum WallClock {
  /// Milliseconds since 1970.
  ///
  /// Source: `clock_gettime(CLOCK_REALTIME)`.
  package static var milliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
