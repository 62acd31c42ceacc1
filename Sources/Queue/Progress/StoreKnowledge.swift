import Locking
import Loop
import Redis

/// What one process knows of Redis, by which it sees that Redis has lost something: the progress of
/// each event, and the epoch of each store; and how many events there are. All fronts and the back office
/// share one. Any thread.
package final class StoreKnowledge: Sendable {
  /// How many events it knows at a time, about.
  static let capacity = 20_000

  private let grace: Duration
  private let events: Lock<RecentEvents<EventProgress>>
  /// How many events there are.
  let census = EventCensus()
  /// Nil where no one looks at epochs: then no store ever loses everything.
  private let stores: Lock<Stores?>
  private let losses = Lock<[Loss.Kind: Int]>([:])

  /// Nothing is known yet.
  ///
  /// - Parameters:
  ///   - lifetime: After how long without use an event is forgotten: that of a ticket. After that long,
  ///     no person whom this process saw has a place to lose, and the event's keys may have ended in
  ///     peace.
  ///   - grace: How long others may speak first where a store has no epoch, or where this process has
  ///     just met an event; nil: no one looks at epochs, and there are no others.
  ///   - keys: Where the keys of the epochs are.
  package init(lifetime: Duration, grace: Duration? = nil, keys: KeySpace = .plain) {
    events = Lock(RecentEvents(capacity: Self.capacity, lifetime: lifetime))
    stores = Lock(grace == nil ? nil : Stores(keys))
    self.grace = grace ?? .zero
  }

  /// What is known of an event.
  func progress(of event: EventID, at now: Instant) -> EventProgress {
    events.withLock { [grace] events in
      events.entry(of: event, at: now) { EventProgress(at: now, grace: grace) }
    }
  }

  /// What time it should be by the clock of the Redis that holds an event, µs; 0 if that is not known.
  package func time(of event: EventID, at now: Instant) -> Int64 {
    progress(of: event, at: now).time(at: now) ?? 0
  }

  /// Takes in that this clock said `time`, µs, at some moment between sending and receiving.
  package func measured(
    clock time: Int64, of event: EventID, sent: Instant, received: Instant
  ) {
    progress(of: event, at: received).measured(clock: time, sent: sent, received: received)
  }

  /// What a script about an event must be told.
  func knowledge(of progress: EventProgress, slot: UInt16, at now: Instant) -> Knowledge {
    Knowledge(
      tick: progress.tick, time: progress.time(at: now) ?? 0,
      storeLost: stores.withLock { $0?.lostAt(slot) ?? 0 },
      isStranger: progress.isStranger(at: now))
  }

  /// Takes in what a script's reply says of an event.
  ///
  /// - Parameter tick: Up to when the caller knew the event, by its own ticks or by a ticket.
  /// - Returns: What the caller must write, if others do not know of the loss yet.
  func learn(
    _ head: ScriptHead, of progress: EventProgress, slot: UInt16, knownUpTo tick: Int64,
    now: Instant
  ) -> (key: Key, epoch: StoreEpoch)? {
    if let tick = head.progress { progress.learn(tick, at: now) }
    guard let loss = head.loss, loss.kind != .epoch else { return nil }
    count(loss.kind)
    guard loss.kind == .ticks else { return nil }
    return stores.withLock { $0?.lost(slot, since: loss.since, knownUpTo: tick) }
  }

  /// The same, and tells all others of the loss through `redis`.
  ///
  /// - Parameter ticket: The latest that the script was told.
  func learn(
    _ head: ScriptHead, of progress: EventProgress, at keys: EventKeys, ticket: Ticket? = nil,
    now: Instant, telling redis: any RedisClient
  ) {
    let knownUpTo = max(progress.tick, ticket?.microseconds ?? 0)
    let news = learn(
      head, of: progress, slot: keys.waiting.slot, knownUpTo: knownUpTo, now: now)
    if let (key, epoch) = news { redis.send(.set(key, epoch.bytes)) { _ in } }
  }

  private func count(_ kind: Loss.Kind) {
    losses.withLock { $0[kind, default: 0] += 1 }
  }

  /// How many losses of a kind this process has noticed: of stores, or of events.
  package func losses(_ kind: Loss.Kind) -> Int {
    losses.withLock { $0[kind] ?? 0 }
  }

  // MARK: Epochs

  /// Redis consists of these masters from now on.
  package func adopt(_ topology: Topology) {
    stores.withLock { $0?.adopt(topology) }
  }

  /// Where to look for epochs: each key is to be read at its master.
  package var looks: [(key: Key, master: SocketAddress)] {
    stores.withLock { $0?.looks ?? [] }
  }

  /// The key of the epoch of a slot's store; nil if that is not known, or no one looks.
  func epochKey(of slot: UInt16) -> Key? {
    stores.withLock { $0?.key(of: slot) }
  }

  /// Whether the epoch of any store is known.
  package var areStoresKnown: Bool { stores.withLock { $0?.areKnown ?? true } }

  /// Takes in what was found under a key; see ``EpochWatch``. What is to be done there.
  ///
  /// - Parameters:
  ///   - bytes: What the key holds; nil if it is not there.
  ///   - time: Redis time, µs.
  package func looked(
    _ bytes: [UInt8]?, at key: Key, now: Instant, time: Int64
  ) -> EpochWatch.Action {
    let finding = bytes.map { EpochWatch.Finding.found(StoreEpoch($0)) } ?? .missing
    let found = stores.withLock {
      $0?.looked(finding, at: key, now: now, time: time, grace: grace) ?? (.nothing, false)
    }
    if found.isLoss { count(.epoch) }
    return found.action
  }
}
