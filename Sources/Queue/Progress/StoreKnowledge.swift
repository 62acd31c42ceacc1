import Locking
import Loop
import Redis

/// What one process knows of Redis, by which it sees that Redis has lost something: the progress of
/// each event; and how many events there are. All fronts and the back office share one. Any thread.
package final class StoreKnowledge: Sendable {
  /// How many events it knows at a time, about.
  static let capacity = 20_000

  private let events: Lock<RecentEvents<EventProgress>>
  /// How many events there are.
  let census = EventCensus()
  private let losses = Lock<[Loss.Kind: Int]>([:])

  /// Nothing is known yet.
  ///
  /// - Parameter lifetime: After how long without use an event is forgotten: that of a ticket. After
  ///   that long, no person whom this process saw has a place to lose, and the event's keys may have
  ///   ended in peace.
  package init(lifetime: Duration) {
    events = Lock(RecentEvents(capacity: Self.capacity, lifetime: lifetime))
  }

  /// What is known of an event.
  func progress(of event: EventID, at now: Instant) -> EventProgress {
    events.withLock { events in
      events.entry(of: event, at: now) { EventProgress(at: now) }
    }
  }

  /// What a script about an event must be told.
  func knowledge(of progress: EventProgress, slot: UInt16, at now: Instant) -> Knowledge {
    Knowledge(tick: progress.tick, time: progress.time(at: now) ?? 0, storeLost: 0)
  }

  /// Takes in what a script's reply says of an event.
  func learn(_ head: ScriptHead, of progress: EventProgress) {
    progress.learn(head.progress)
    guard let loss = head.loss else { return }
    losses.withLock { $0[loss.kind, default: 0] += 1 }
  }

  /// The same of a pulse, which measures the clock, too.
  func learn(
    _ reply: PulseScript.Reply, of progress: EventProgress, sent: Instant, received: Instant
  ) {
    learn(reply.head, of: progress)
    _ = progress.measured(clock: reply.clock, sent: sent, received: received)
  }

  /// How many losses of a kind this process has noticed.
  package func losses(_ kind: Loss.Kind) -> Int {
    losses.withLock { $0[kind] ?? 0 }
  }
}
