import Loop
import Queue
import Redis

/// What the back office does for seats: it finds the events that have any, ends the holds that are over
/// where no request does, checks that the counts agree, and measures.
///
/// Confined to its loop's thread, completions included.
package final class SeatMaintenance {
  /// Called with how many holds were over, and ended.
  package var holdsEnded: ((Int) -> Void)?

  /// How many batches of 200 a sweep ends: what is left the next one does, and no reply keeps it busy
  /// for ever.
  private static let roundLimit = 100

  private let redis: any RedisClient
  private let scripts: SeatScripts
  private let settings: SeatSettings
  private let registry: EventRegistry
  private let clock: () -> Int64
  private let store: StoreKnowledge
  /// When each event that has seats or stock was last put into the registry, ms.
  private var registered: [EventID: Int64] = [:]

  /// Works through `redis`.
  ///
  /// - Parameters:
  ///   - store: What the process knows of Redis: a sweep measures its clock for all calls about seats.
  ///   - clock: The time of day of this machine, ms.
  package init(
    redis: any RedisClient, settings: SeatSettings, store: StoreKnowledge? = nil,
    scripts: SeatScripts = SeatScripts(),
    clock: @escaping () -> Int64 = { WallClock.milliseconds }
  ) {
    self.clock = clock
    self.redis = redis
    self.settings = settings
    self.store = store ?? StoreKnowledge(lifetime: settings.eventTTL)
    self.scripts = scripts
    registry = EventRegistry(SaleKeys.events(in: settings.keys), redis: redis)
  }

  /// The events that have seats or stock, those of longest ago first: up to 65,535, and those that this
  /// process has swept and the registry has lost. They are registered again.
  package func events(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    let ended = clock() - settings.eventTTL.milliseconds
    registry.events(forgettingBefore: ended) { [self] result in
      completion(result.map { $0 + registerLost(besides: Set($0)) })
    }
  }

  private func registerLost(besides known: Set<EventID>) -> [EventID] {
    let lost = registered.keys.filter { !known.contains($0) }
    for event in lost { register(event) { _ in } }
    return lost
  }

  /// Names an event to the maintenance of all sidecars for another `event-ttl`.
  package func register(
    _ event: EventID, _ completion: @escaping (Result<Void, RedisError>) -> Void
  ) {
    let now = clock()
    registered[event] = now
    registry.note(event, at: now, completion)
  }

  /// Ends all holds of `event` that are over, in bounded batches, but at most 20,000, and tells how it
  /// stands; nil if it has neither seats nor stock any more.
  package func sweep(
    _ event: EventID, _ completion: @escaping (Result<SaleSnapshot?, RedisError>) -> Void
  ) {
    sweep(event, rounds: Self.roundLimit, completion)
  }

  private func sweep(
    _ event: EventID, rounds: Int,
    _ completion: @escaping (Result<SaleSnapshot?, RedisError>) -> Void
  ) {
    let sent = Instant.now
    let time = store.time(of: event, at: sent)
    redis.call(
      scripts.sweep, keys: SaleKeys(event, in: settings.keys).sweep,
      arguments: SweepScript.arguments(settings, at: time), holdsEnded: holdsEnded
    ) { [self] (result: Result<SweepScript.Outcome, RedisError>) in
      if case .success(.swept(_, _, let clock)) = result {
        store.measured(clock: clock, of: event, sent: sent, received: .now)
      }
      switch result {
      case .failure(let error): completion(.failure(error))
      case .success(.nothing):
        registered[event] = nil
        completion(.success(nil))
      case .success(.swept(_, isMoreDue: true, _)) where rounds > 1:
        sweep(event, rounds: rounds - 1, completion)
      case .success(.swept(let snapshot, _, _)):
        registerInTime(event)
        completion(.success(snapshot))
      }
    }
  }

  /// People who wait in line keep an event's seats alive, and so the registry must know of them, though
  /// no request asks for seats.
  private func registerInTime(_ event: EventID) {
    let age = clock() - (registered[event] ?? 0)
    // A clock that was ahead would keep the event in the registry, and its name from being renewed.
    if age > settings.eventTTL.milliseconds / 4 || age < 0 { register(event) { _ in } }
  }
}

@available(*, unavailable, message: "a SeatMaintenance belongs to its loop's thread")
extension SeatMaintenance: Sendable {}
