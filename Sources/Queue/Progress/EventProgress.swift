import Locking
import Loop
import Synchronization

/// What one process knows of one event: the highest tick, since when, and what time it is by the clock
/// of the Redis that holds it. All fronts and the back office share one. Any thread.
package final class EventProgress: RecentEvent, Sendable {
  private let highest = Atomic<Int64>(0)
  private let acquaintance: Lock<Acquaintance>
  private let clock = Lock(ClockEstimate())
  private let used: Atomic<Int64>

  /// An event of which nothing is known yet.
  ///
  /// - Parameter grace: See ``Acquaintance``.
  init(at now: Instant, grace: Duration) {
    acquaintance = Lock(Acquaintance(grace: grace))
    used = Atomic(now.nanoseconds)
  }

  /// The highest tick that this process has heard of, µs; 0 if none.
  var tick: Int64 { highest.load(ordering: .relaxed) }

  /// Takes in the last tick that a script's reply tells. 0 says that Redis holds none, which is no
  /// reason to forget the one that it held.
  func learn(_ tick: Int64, at now: Instant) {
    acquaintance.withLock { $0.found(tick > 0, at: now) }
    highest.max(tick, ordering: .relaxed)
  }

  /// Whether others may know of a loss of which this process does not; see ``Acquaintance``.
  func isStranger(at now: Instant) -> Bool {
    acquaintance.withLock { $0.isStranger(at: now) }
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
