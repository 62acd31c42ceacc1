import Logging
import Loop
import Queue
import Redis

/// Looks once a second at the epoch of each master of Redis: a store that has none any more has lost
/// everything, and all fronts hear of it. See ``Queue/StoreKnowledge``.
///
/// Confined to the back office.
package final class StoreWatch {
  private let loop: Loop
  private let redis: RoutingClient
  private let store: StoreKnowledge
  private let clock: RedisClock
  private let log: Log
  private var whenKnown: (() -> Void)?
  private var told: [Loss.Kind: Int] = [:]
  /// The stores that have not answered the last look yet.
  private var underWay: Set<Key> = []

  /// - Parameter known: Called once, when the epoch of any store is known: then what sidecars share
  ///   there may be written, too.
  package init(
    loop: Loop, redis: RoutingClient, store: StoreKnowledge, clock: RedisClock, log: Log,
    known: @escaping () -> Void
  ) {
    self.loop = loop
    self.redis = redis
    self.store = store
    self.clock = clock
    self.log = log
    whenKnown = known
  }

  /// Looks now and once a second; more often until something is known.
  package func start() {
    tellOfLosses()
    // One that has not answered yet is not asked again. The other masters of a large cluster are looked
    // at by fronts alone, before their first joins to events that they do not know.
    let looks = store.looks.prefix(RoutingClient.warmLimit)
    for (key, master) in looks where !underWay.contains(key) {
      look(at: key, of: master)
    }
    loop.schedule(after: whenKnown == nil ? .seconds(1) : .milliseconds(50)) { [self] in start() }
  }

  private func look(at key: Key, of master: SocketAddress, publishes: Bool = true) {
    underWay.insert(key)
    redis.send(.get(key), to: master) { [self] result in
      underWay.remove(key)
      guard case .success(let reply) = result else { return }
      let now = loop.now
      let action = store.looked(reply.bytes, at: key, now: now, time: clock.time(at: now))
      tellWhenKnown()
      // A Redis that takes the key and then does not have it is not asked again at once.
      if publishes { carryOut(action, at: key, of: master) }
    }
  }

  private func carryOut(_ action: EpochWatch.Action, at key: Key, of master: SocketAddress) {
    switch action {
    case .nothing: break
    case .publish(let epoch):
      redis.send(.setIfAbsent(key, epoch.bytes), to: master) { [self] result in
        if case .success = result { look(at: key, of: master, publishes: false) }
      }
    case .replace(let epoch): redis.send(.set(key, epoch.bytes), to: master) { _ in }
    }
  }

  /// Logs what any thread of the process has noticed since the last time.
  private func tellOfLosses() {
    for kind in Loss.Kind.allCases {
      let count = store.losses(kind)
      let told = told.updateValue(count, forKey: kind) ?? 0
      guard count > told else { continue }
      log.warn(
        "\(kind.words): nobody is let in there until people had time to come back",
        ["times": .integer(count - told)])
    }
  }

  private func tellWhenKnown() {
    guard let known = whenKnown, store.areStoresKnown else { return }
    whenKnown = nil
    known()
  }
}

@available(*, unavailable, message: "a StoreWatch belongs to the back office")
extension StoreWatch: Sendable {}

extension Loss.Kind {
  fileprivate var words: String {
    switch self {
    case .epoch: "a Redis has lost everything"
    case .ticks: "Redis has lost the latest of an event"
    case .index: "Redis has lost a part of an event"
    }
  }
}
