import Loop
import Queue
import Redis

/// Puts lists of seats in place, and stock: the operator's side, in the back office.
///
/// A list may be long, so it goes in by batches: people can hold the first seats before the last are
/// there. The same list again changes nothing, which is how an operator who lost the answer asks again.
///
/// Confined to its loop's thread, completions included.
package final class SeatPlanner {
  /// The most seats of an event.
  package static let seatLimit = 100_000
  /// The most items of an event.
  package static let itemLimit = 100

  /// Called with how many holds were over, and ended.
  package var holdsEnded: ((Int) -> Void)?

  let redis: any RedisClient
  let scripts: SeatScripts
  let settings: SeatSettings
  private let store: StoreKnowledge

  /// Works through `redis`.
  ///
  /// - Parameter store: What the process knows of Redis, and so of its clock.
  package init(
    redis: any RedisClient, settings: SeatSettings, store: StoreKnowledge? = nil,
    scripts: SeatScripts = SeatScripts()
  ) {
    self.redis = redis
    self.settings = settings
    self.store = store ?? StoreKnowledge(lifetime: settings.eventTTL)
    self.scripts = scripts
  }

  /// What time it should be by Redis' clock, as scripts are told: µs, or 0.
  func time(of event: EventID) -> Int64 { store.time(of: event, at: .now) }

  /// Gives `event` exactly these seats, in this order; those that it has keep their place and their
  /// holder. Seats that are named twice count once.
  ///
  /// If one that is not among them is held or bought, nothing is changed. Should that happen in the very
  /// moment, that seat stays, and the others are done.
  package func put(
    _ seats: [SeatID], at event: EventID,
    _ completion: @escaping (Result<SeatPlanOutcome, RedisError>) -> Void
  ) {
    SeatPlan(self, seats, event, completion).begin()
  }

  /// Says how many of `item` there are in all. Repeating it changes nothing.
  package func supply(
    _ item: ItemID, total: Int, at event: EventID,
    _ completion: @escaping (Result<SupplyOutcome, RedisError>) -> Void
  ) {
    let arguments = SupplyScript.arguments(
      settings, at: time(of: event), item: item, total: total, itemLimit: Self.itemLimit)
    let keys = SaleKeys(event, in: settings.keys).stock
    redis.call(scripts.supply, keys: keys, arguments: arguments, completion)
  }
}

@available(*, unavailable, message: "a SeatPlanner belongs to its loop's thread")
extension SeatPlanner: Sendable {}
