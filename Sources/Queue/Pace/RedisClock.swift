import Loop
import Synchronization

/// What time it is by Redis' clock, as the pulses of one process measure it. All fronts of a process
/// share one, since a front may be asked for what another has measured.
///
/// On a cluster the masters' clocks may differ, and this is the one that was asked last: a front that
/// has a snapshot of an event goes by that.
package final class RedisClock: Sendable {
  /// Redis time less monotonic time, µs; ``unknown`` until it is measured.
  private let offset = Atomic<Int64>(RedisClock.unknown)

  /// A clock that has not been measured yet.
  package init() {}

  /// Takes in that Redis said `time`, µs, just before `now`.
  func measured(_ time: Int64, at now: Instant) {
    offset.store(time - now.microseconds, ordering: .relaxed)
  }

  /// Redis time at `now`, µs; by the wall clock of this machine while nothing has been measured.
  package func time(at now: Instant) -> Int64 {
    let offset = offset.load(ordering: .relaxed)
    return offset == Self.unknown ? WallClock.milliseconds * 1000 : now.microseconds + offset
  }

  private static let unknown = Int64.min
}
