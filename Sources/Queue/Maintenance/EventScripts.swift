import Loop
import Redis

/// Calls scripts about one event at a time for the back office: tells them what the process knows of the
/// event, and learns what they say of it.
///
/// Confined to its loop's thread, completions included.
struct EventScripts {
  private let loop: Loop
  private let redis: any RedisClient
  private let store: StoreKnowledge
  private let keys: KeySpace
  private let arguments: EventArguments

  /// Works through `redis`.
  ///
  /// - Parameter store: What the process knows of what Redis holds; nil for nothing yet.
  init(loop: Loop, redis: any RedisClient, settings: QueueSettings, store: StoreKnowledge?) {
    self.loop = loop
    self.redis = redis
    self.store = store ?? StoreKnowledge(lifetime: settings.ticketTTL)
    keys = settings.keys
    arguments = EventArguments(settings)
  }

  /// Calls a script about an event, and learns what it says of the event.
  ///
  /// - Parameter list: What the script is told by a caller who knows so much.
  func call<Content: ScriptContent>(
    _ script: Script, _ event: EventID, _ list: (EventArguments, Knowledge) -> [Argument],
    _ completion: @escaping (Result<Content, RedisError>) -> Void
  ) {
    let keys = EventKeys(event, in: keys)
    let progress = store.progress(of: event, at: loop.now)
    let known = store.knowledge(of: progress, slot: keys.settings.slot, at: loop.now)
    redis.call(script, keys: keys.scriptKeys, arguments: list(arguments, known)) {
      [store, redis, loop] (result: Result<HeadedReply<Content>, RedisError>) in
      if case .success(let reply) = result {
        store.learn(reply.head, of: progress, at: keys, now: loop.now, telling: redis)
      }
      completion(result.map(\.content))
    }
  }

  /// How many losses this process has noticed.
  var lossesNoticed: Int { Loss.Kind.allCases.reduce(0) { $0 + store.losses($1) } }
}
