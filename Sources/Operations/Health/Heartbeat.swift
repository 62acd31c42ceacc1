import Loop
import Synchronization

/// Shows whether a loop still turns: the loop beats once a second, any thread may look.
package final class Heartbeat: Sendable {
  private let last: Atomic<Int64>

  /// A loop that beat at `now`.
  package init(at now: Instant) {
    last = Atomic(now.nanoseconds)
  }

  /// Beats now and every second from now on. On the loop's thread.
  package func start(on loop: Loop) {
    last.store(Instant.now.nanoseconds, ordering: .relaxed)
    loop.schedule(after: .seconds(1)) { [self] in start(on: loop) }
  }

  /// How long ago the loop last showed that it turns.
  func silence(at now: Instant) -> Duration {
    now - Instant(nanoseconds: last.load(ordering: .relaxed))
  }
}
