import Locking
import Loop
import Synchronization

/// What one process knows of one event: the highest tick, and what time it is by the clock of the
/// Redis that holds it. All fronts and the back office share one. Any thread.
package final class EventProgress: RecentEvent, Sendable {
  private let highest = Atomic<Int64>(0)
  private let clock = Lock(ClockEstimate())
  private let used: Atomic<Int64>

  /// An event of which nothing is known yet.
  init(at now: Instant) {
    used = Atomic(now.nanoseconds)
  }

  /// The highest tick that this process has heard of, µs; 0 if none.
  var tick: Int64 { highest.load(ordering: .relaxed) }

  /// Takes in the last tick that a script's reply tells. 0 says that Redis holds none, which is no
  /// reason to forget the one that it held.
  func learn(_ tick: Int64) {
    highest.max(tick, ordering: .relaxed)
  }

  /// Takes in that Redis' clock said `time`, µs, at some moment between sending and receiving. True if
  /// that shows that it has stepped, and did not do so before.
  @discardableResult
  func measured(clock time: Int64, sent: Instant, received: Instant) -> Bool {
    clock.withLock { $0.measured(time, sent: sent, received: received) }
  }

  /// Redis time at `now`, µs; nil while nothing was measured.
  func time(at now: Instant) -> Int64? {
    clock.withLock { $0.time(at: now) }
  }

  package var lastUse: Instant {
    get { Instant(nanoseconds: used.load(ordering: .relaxed)) }
    set { used.store(newValue.nanoseconds, ordering: .relaxed) }
  }

  package var isBusy: Bool { false }
}
