import Loop
import Redis

/// The settings of events, as the back office keeps them: it reads and changes them for an operator, and
/// remembers the newest of every event, so that it can write them back when Redis has lost them.
///
/// Confined to its loop's thread, completions included.
package final class SettingsStore {
  /// What an operator is told of an event.
  package struct Reading: Equatable {
    /// What is set.
    package let stored: StoredSettings
    /// How the event stands.
    package let live: LiveEvent
    /// Whether anyone ever joined the event, or set something, and that has not ended.
    package let isKnown: Bool
  }

  /// What came of a look at an event's settings.
  package struct Look {
    /// What there is to tell.
    package let notices: [SettingsWatch.Action]
    /// How many texts make no sense.
    package let nonsense: Int
  }

  /// How long others have to write back what an empty Redis has lost, before it is changed here.
  static let grace = Duration.seconds(2)

  private let loop: Loop
  private let redis: any RedisClient
  private let script: Script
  private let caller: EventScripts
  private let settings: QueueSettings
  /// The names of the keys that it looks at.
  package var keySpace: KeySpace { settings.keys }
  private let registry: EventRegistry
  private let lines: EventRegistry
  private let clock: RedisClock
  private let isShared: Bool
  private var watch = SettingsWatch()
  /// From when on settings may be changed here; nil until the registry was read once.
  private var settledAt: Instant?

  /// A store behind `redis` that knows nothing yet.
  ///
  /// - Parameters:
  ///   - isShared: Whether other sidecars may use this Redis, and know what it has lost.
  ///   - store: What the process knows of what Redis holds.
  package init(
    loop: Loop, redis: any RedisClient, settings: QueueSettings, isShared: Bool,
    clock: RedisClock = RedisClock(), store: StoreKnowledge? = nil,
    scripts: QueueScripts = QueueScripts()
  ) {
    self.loop = loop
    self.redis = redis
    self.isShared = isShared
    self.clock = clock
    script = scripts.settings
    caller = EventScripts(loop: loop, redis: redis, settings: settings, store: store)
    self.settings = settings
    registry = EventRegistry(EventKeys.settingsEvents(in: settings.keys), redis: redis)
    lines = EventRegistry(EventKeys.events(in: settings.keys), redis: redis)
  }

  // MARK: For an operator

  /// Reads the settings of `event`, and how it stands.
  package func read(
    _ event: EventID, _ completion: @escaping (Result<Reading, RedisError>) -> Void
  ) {
    caller.call(script, event, { SettingsScript.reading($0, $1) }) {
      (result: Result<SettingsScript.Reading, RedisError>) in
      completion(
        result.map { Reading(stored: $0.stored, live: $0.live, isKnown: $0.isKnown) })
    }
  }

  /// Changes the settings of `event`, whether anyone has joined it or not.
  package func change(
    _ event: EventID, _ patch: SettingsPatch, if condition: SettingsCondition, by author: Author,
    _ completion: @escaping (Result<SettingsOutcome, RedisError>) -> Void
  ) {
    // In the registry first: what is not there, no sidecar that starts later would remember.
    write(event, registering: true, completion) {
      SettingsScript.changing($0, $1, patch, if: condition, version: $2, author: author)
    }
  }

  /// Deletes the settings of `event`.
  package func delete(
    _ event: EventID, if condition: SettingsCondition, by author: Author,
    _ completion: @escaping (Result<SettingsOutcome, RedisError>) -> Void
  ) {
    write(event, registering: false, completion) {
      SettingsScript.deleting($0, $1, if: condition, version: $2, author: author)
    }
  }

  /// - Parameter list: What the script is told by a caller who knows so much, and this version.
  private func write(
    _ event: EventID, registering: Bool,
    _ completion: @escaping (Result<SettingsOutcome, RedisError>) -> Void,
    _ list: @escaping (EventArguments, Knowledge, Int64) -> [Argument]
  ) {
    guard let settledAt, loop.now >= settledAt else { return completion(.success(.rebuilding)) }
    let write = { [self] in
      let version = watch.version(of: event)
      caller.call(script, event, { list($0, $1, version) }) {
        [self] (result: Result<SettingsScript.Change, RedisError>) in
        completion(result.map { outcome(of: $0, at: event) })
      }
    }
    guard registering else { return write() }
    registry.note(event, at: EventRegistry.everlasting) { result in
      if case .failure(let error) = result { completion(.failure(error)) } else { write() }
    }
  }

  private func outcome(of change: SettingsScript.Change, at event: EventID) -> SettingsOutcome {
    switch change {
    case .changed(let before, let after):
      watch.wrote(after, of: event)
      register(event, after)
      return .changed(before: before, after: after)
    case .stale(let version):
      if version == 0 { register(event, StoredSettings()) }
      return .stale(version: version)
    case .rebuilding: return .rebuilding
    case .disordered: return .disordered
    case .unknown: return .unknown
    }
  }

  /// An event whose settings were deleted stays in the registry for as long as the note of that lives.
  private func register(_ event: EventID, _ stored: StoredSettings) {
    registry.note(event, at: stored.isSet ? EventRegistry.everlasting : WallClock.milliseconds)
  }

  // MARK: For what Redis loses

  /// The events that have settings, as far as Redis or this sidecar knows, and those that people joined
  /// or polled lately. What the registry has lost is registered again.
  package func events(_ completion: @escaping (Result<Set<EventID>, RedisError>) -> Void) {
    let now = WallClock.milliseconds
    let ended = now - settings.eventTTL.milliseconds
    registry.events(forgettingBefore: ended) { [self] result in
      guard case .success(let registered) = result else {
        return completion(result.map { Set($0) })
      }
      settle(registered)
      let known = Set(registered).union(registerLost(besides: Set(registered)))
      lines.events(activeAfter: now - 2 * settings.presenceTTL.milliseconds) { result in
        completion(result.map { known.union($0) })
      }
    }
  }

  private func registerLost(besides known: Set<EventID>) -> [EventID] {
    let lost = watch.events.filter { !known.contains($0) }
    for event in lost {
      if let stored = watch.stored(of: event) { register(event, stored) }
    }
    return lost
  }

  private func settle(_ registered: [EventID]) {
    guard settledAt == nil else { return }
    settledAt = isShared && registered.isEmpty ? loop.now + Self.grace : loop.now
  }

  /// How many losses the process has noticed: what is kept here may be gone then.
  package var lossesNoticed: Int { caller.lossesNoticed }

  /// Forgets the events of which only what was written by hand is known, but for these.
  package func keep(_ events: Set<EventID>) { watch.keep(events) }

  /// Looks at what Redis has of an event's settings, and writes back what it has lost.
  package func look(
    at event: EventID,
    _ completion: @escaping (Result<Look, RedisError>) -> Void
  ) {
    find(event) { [self] result in
      switch result {
      case .failure(let error): completion(.failure(error))
      case .success(let finding):
        let actions = watch.found(finding, of: event, at: clock.time(at: loop.now))
        let told = { [self] in
          let nonsense = watch.nonsense(of: event)
          completion(.success(Look(notices: actions, nonsense: nonsense)))
        }
        for case .writeBack(let stored) in actions {
          return writeBack(stored, of: event) { result in
            if case .failure(let error) = result { completion(.failure(error)) } else { told() }
          }
        }
        told()
      }
    }
  }

  /// Both commands go at once: a look is one round trip.
  private func find(
    _ event: EventID, _ completion: @escaping (Result<SettingsWatch.Finding, RedisError>) -> Void
  ) {
    let keys = EventKeys(event, in: settings.keys)
    let fields = EventSettings.Field.byHand
    var stored: Result<StoredSettings, RedisError>?
    var byHand: Result<EventSettings, RedisError>?
    func tell() {
      guard let stored, let byHand else { return }
      completion(
        stored.flatMap { stored in
          byHand.map { SettingsWatch.Finding(stored: stored, byHand: $0) }
        })
    }
    redis.send(.hmget(keys.settings, StoredSettings.hashFields)) { result in
      stored = result.flatMap { reply in
        StoredSettings(hash: reply).map(Result.success) ?? .failure(.unexpectedReply("hmget"))
      }
      tell()
    }
    redis.send(.hmget(keys.state, fields.map(\.rawValue))) { result in
      byHand = result.flatMap { reply in
        guard reply.count == fields.count else { return .failure(.unexpectedReply("hmget")) }
        return .success(EventSettings(fields, hash: reply))
      }
      tell()
    }
  }

  private func writeBack(
    _ stored: StoredSettings, of event: EventID,
    _ completion: @escaping (Result<Void, RedisError>) -> Void
  ) {
    caller.call(script, event, { SettingsScript.writingBack($0, $1, stored) }) {
      [self] (result: Result<StoredSettings, RedisError>) in
      completion(result.map { watch.wrote($0, of: event) })
    }
  }
}

@available(*, unavailable, message: "a SettingsStore belongs to its loop's thread")
extension SettingsStore: Sendable {}
