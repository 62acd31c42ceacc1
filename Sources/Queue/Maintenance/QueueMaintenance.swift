import Loop
import Redis

/// What the back office does for the lines: it finds the events that have any life, parks the people
/// who are absent, and measures.
///
/// Confined to its loop's thread, completions included.
package final class QueueMaintenance {
  /// How many steps of at most 1,000 people and 2,000 marks a round has at one event.
  static let stepLimit = 20

  /// Called with how many sessions were found to have expired.
  package var sessionsExpired: ((Int) -> Void)?

  private let redis: any RedisClient
  private let scripts: QueueScripts
  private let eventArguments: EventArguments
  private let settings: QueueSettings
  private let registry: EventRegistry
  private let keysBeside: (EventID) -> [Key]
  private let clock: RedisClock
  private var watches = EventWatches()
  private let store: StoreKnowledge

  /// Works through `redis`.
  ///
  /// - Parameters:
  ///   - keysBeside: Keys of an event that are not the queue's: they live on while its line does. All
  ///     of them carry the event's hash tag.
  ///   - store: What the process knows of what Redis holds.
  package init(
    redis: any RedisClient, settings: QueueSettings,
    keysBeside: @escaping (EventID) -> [Key] = { _ in [] }, clock: RedisClock = RedisClock(),
    store: StoreKnowledge? = nil, scripts: QueueScripts = QueueScripts()
  ) {
    self.redis = redis
    self.settings = settings
    self.scripts = scripts
    self.keysBeside = keysBeside
    self.clock = clock
    self.store = store ?? StoreKnowledge(lifetime: settings.ticketTTL)
    eventArguments = EventArguments(settings)
    registry = EventRegistry(EventKeys.events(in: settings.keys), redis: redis)
  }

  /// Events in which a person joined or polled lately, those of longest ago first: all of them, up to
  /// 65,535.
  ///
  /// Where no one does, the absent hold up no one. Counts all events on the way.
  package func activeEvents(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    let now = clock.time(at: .now) / 1000
    registry.count { [store] in if case .success(let events) = $0 { store.census.counted(events) } }
    registry.events(
      activeAfter: now - 2 * settings.presenceTTL.milliseconds,
      forgettingBefore: now - settings.eventTTL.milliseconds
    ) { [self] result in
      switch result {
      case .success(let events):
        watches.awake(at: .now)
        watches.keep(Set(events))
      case .failure: watches.failed()
      }
      completion(result)
    }
  }

  /// Parks people who have been silent too long in `event`, at most once a second however many sidecars
  /// ask: says how many, 0 when it was not time. It does so in bounded steps, at most
  /// ``stepLimit``: what is left the next round does.
  package func parkAbsent(
    from event: EventID, _ completion: @escaping (Result<Int, RedisError>) -> Void
  ) {
    parkAbsent(from: event, step: 1, parked: 0, completion)
  }

  private func parkAbsent(
    from event: EventID, step: Int, parked: Int,
    _ completion: @escaping (Result<Int, RedisError>) -> Void
  ) {
    let now = Instant.now
    let progress = store.progress(of: event, at: now)
    let keys = EventKeys(event, in: settings.keys)
    let arguments = ParkScript.arguments(
      eventArguments, store.knowledge(of: progress, slot: keys.waiting.slot, at: now),
      presenceTTL: settings.presenceTTL, begins: step == 1,
      watched: watches.duration(of: event, at: now))
    redis.call(scripts.park, keys: keys.scriptKeys + keysBeside(event), arguments: arguments) {
      [self] (result: Result<ParkScript.Reply, RedisError>) in
      if case .success(let reply) = result {
        store.learn(reply.head, of: progress, at: keys, now: .now, telling: redis)
        if reply.expiredSessions > 0 { sessionsExpired?(reply.expiredSessions) }
      }
      switch result.map(\.content) {
      case .success(.parked(let people, _, hasMore: true)) where step < Self.stepLimit:
        parkAbsent(from: event, step: step + 1, parked: parked + people, completion)
      case .success(.parked(let people, _, _)): completion(.success(parked + people))
      case .success(.notYet): completion(.success(parked))
      case .failure(let error):
        watches.failed(event)
        // What the steps before it did is done, and is told.
        completion(parked > 0 ? .success(parked) : .failure(error))
      }
    }
  }

  /// A fresh snapshot of an event's line, which measures Redis' clock, too.
  package func snapshot(
    of event: EventID, _ completion: @escaping (Result<LineSnapshot, RedisError>) -> Void
  ) {
    let progress = store.progress(of: event, at: .now)
    let keys = EventKeys(event, in: settings.keys)
    let sent = Instant.now
    let arguments = PulseScript.arguments(
      eventArguments, store.knowledge(of: progress, slot: keys.waiting.slot, at: sent),
      seen: EmptyCollection())
    redis.call(scripts.pulse, keys: keys.scriptKeys, arguments: arguments) {
      [self] (result: Result<PulseScript.Reply, RedisError>) in
      let now = Instant.now
      switch result {
      case .success(let reply):
        progress.measured(clock: reply.clock, sent: sent, received: now)
        store.learn(reply.head, of: progress, at: keys, now: now, telling: redis)
        clock.measured(reply.snapshot.time, at: now)
        watches.reached(event, saying: reply.snapshot.time, at: now)
      case .failure: watches.failed(event)
      }
      completion(result.map(\.snapshot))
    }
  }
}

@available(*, unavailable, message: "a QueueMaintenance belongs to its loop's thread")
extension QueueMaintenance: Sendable {}
