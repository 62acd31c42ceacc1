import Loop

/// What one process knows of the epoch of one store, which is a master of Redis.
///
/// A store without an epoch that had one has lost everything. One that had none may be new; or it has
/// lost everything, and others know what it held: then they are given the time to say so first.
package struct EpochWatch: Sendable {
  /// What to do with the epoch in the store.
  package enum Action: Equatable {
    case nothing
    /// Write this, if there still is none, and look again.
    case publish(StoreEpoch)
    /// Write this over what is there.
    case replace(StoreEpoch)
  }

  /// What one look has found.
  enum Finding: Equatable {
    case missing
    case found(StoreEpoch)
  }

  /// The epoch; nil until it is known.
  private(set) var epoch: StoreEpoch?
  /// Whether it is known that the store held it.
  private var isPublished = false
  private var missingSince: Instant?

  /// Takes in what a look has found. True if that shows that the store lost everything.
  ///
  /// - Parameters:
  ///   - isMoved: Whether another master has had this part of Redis since the last look: then one of
  ///     its own may never have had the epoch.
  ///   - time: Redis time, µs.
  ///   - grace: How long others may speak first.
  mutating func looked(
    _ finding: Finding, isMoved: Bool, at now: Instant, time: Int64, grace: Duration
  ) -> (action: Action, isLoss: Bool) {
    switch finding {
    case .found(let found):
      missingSince = nil
      // Of two who wrote at once, the later loss counts.
      if let epoch, isPublished, found.lostAt < epoch.lostAt { return (.replace(epoch), false) }
      (epoch, isPublished) = (found, true)
      return (.nothing, false)
    case .missing:
      guard let known = epoch else { return (begin(at: now, grace), false) }
      let isLoss = isPublished && !isMoved
      let next = isLoss ? StoreEpoch(lostAt: max(time, known.lostAt + 1)) : known
      (epoch, isPublished) = (next, false)
      return (.publish(next), isLoss)
    }
  }

  private mutating func begin(at now: Instant, _ grace: Duration) -> Action {
    let since = missingSince ?? now
    missingSince = since
    guard now - since >= grace else { return .nothing }
    let first = StoreEpoch(lostAt: 0)
    epoch = first
    return .publish(first)
  }

  /// An event of the store is behind what was known of it, since `time`, and that was known up to
  /// `tick`. The epoch to be written, unless a loss that is known explains this.
  mutating func lost(since time: Int64, knownUpTo tick: Int64) -> StoreEpoch? {
    guard let known = epoch, tick > known.lostAt, time > known.lostAt else { return nil }
    let next = StoreEpoch(lostAt: time)
    (epoch, isPublished) = (next, true)
    return next
  }
}
