import Loop
import Redis

/// What the back office does for the lines: it finds the events that have any life, parks the people
/// who are absent, and measures.
///
/// Confined to its loop's thread, completions included.
package final class QueueMaintenance {
  private let redis: any RedisClient
  private let scripts: QueueScripts
  private let eventArguments: EventArguments
  private let settings: QueueSettings
  private let registry: EventRegistry
  private let keysBeside: (EventID) -> [Key]

  /// Works through `redis`.
  ///
  /// - Parameter keysBeside: Keys of an event that are not the queue's: they live on while its line
  ///   does. All of them carry the event's hash tag.
  package init(
    redis: any RedisClient, settings: QueueSettings,
    keysBeside: @escaping (EventID) -> [Key] = { _ in [] },
    scripts: QueueScripts = QueueScripts()
  ) {
    self.redis = redis
    self.settings = settings
    self.scripts = scripts
    self.keysBeside = keysBeside
    eventArguments = EventArguments(settings)
    registry = EventRegistry(EventKeys.events, redis: redis)
  }

  /// Events in which a person joined or polled lately, those of longest ago first: all of them, up to
  /// 65,535.
  ///
  /// Where no one does, the absent hold up no one.
  package func activeEvents(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    let now = WallClock.milliseconds
    registry.events(
      activeAfter: now - 2 * settings.presenceTTL.milliseconds,
      forgettingBefore: now - settings.eventTTL.milliseconds, completion)
  }

  /// Parks people who have been silent too long in `event`, at most once a second however many sidecars
  /// ask: says how many, 0 when it was not time.
  package func parkAbsent(
    from event: EventID, _ completion: @escaping (Result<Int, RedisError>) -> Void
  ) {
    let arguments = ParkScript.arguments(
      eventArguments, presenceTTL: settings.presenceTTL, presenceHeadTTL: settings.presenceHeadTTL)
    let keys = EventKeys(event).scriptKeys + keysBeside(event)
    redis.call(scripts.park, keys: keys, arguments: arguments) {
      (result: Result<ParkScript.Reply, RedisError>) in
      completion(
        result.map { reply in
          switch reply {
          case .parked(let people, _): people
          case .notYet: 0
          }
        })
    }
  }

  /// A fresh snapshot of an event's line.
  package func snapshot(
    of event: EventID, _ completion: @escaping (Result<LineSnapshot, RedisError>) -> Void
  ) {
    let arguments = PulseScript.arguments(
      eventArguments, knownCreated: 0, seen: EmptyCollection())
    redis.call(
      scripts.pulse, keys: EventKeys(event).scriptKeys, arguments: arguments, completion)
  }
}

@available(*, unavailable, message: "a QueueMaintenance belongs to its loop's thread")
extension QueueMaintenance: Sendable {}
