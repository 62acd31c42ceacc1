import Loop
import Redis

/// What the back office does for the lines: it finds the events that have any life, parks those who
/// are absent, and measures.
///
/// Confined to its loop's thread, completions included.
package final class Attendance {
  private let redis: any RedisClient
  private let scripts: QueueScripts
  private let preamble: ScriptPreamble
  private let settings: QueueSettings

  /// Works through `redis`.
  package init(
    redis: any RedisClient, settings: QueueSettings, scripts: QueueScripts = QueueScripts()
  ) {
    self.redis = redis
    self.settings = settings
    self.scripts = scripts
    preamble = ScriptPreamble(settings)
  }

  /// Events in which somebody joined or polled lately, those of longest ago first: all of them, up to
  /// 65,535.
  ///
  /// Where nobody does, the absent hold up nobody.
  package func activeEvents(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    let now = WallClock.milliseconds
    let ended = ScoreRange(to: .excluding(now - settings.eventTTL.microseconds / 1000))
    redis.send(.zremrangeByScore(EventKeys.events, ended)) { _ in }
    let lately = ScoreRange(from: .excluding(now - 2 * settings.presenceTTL.microseconds / 1000))
    let range = Command.zrangeByScore(EventKeys.events, lately, limit: .max, withScores: false)
    redis.send(range) { result in
      completion(
        result.map { reply in
          (0..<reply.count).compactMap { reply[$0].text.flatMap { EventID($0) } }
        })
    }
  }

  /// Parks who has been silent too long in `event`, at most once a second however many sidecars ask:
  /// says how many, 0 when it was not time.
  package func parkAbsent(
    from event: EventID, _ completion: @escaping (Result<Int, RedisError>) -> Void
  ) {
    let arguments = preamble.arguments(
      knownCreated: 0, .integer(settings.presenceTTL.microseconds / 1000),
      .integer(settings.presenceHeadTTL.microseconds / 1000))
    let keys = EventKeys(event).allKeys
    redis.send(.evalsha(scripts.park, keys: keys, arguments: arguments)) { result in
      completion(
        result.flatMap { reply in
          guard reply.count >= 2 else { return .failure(.unexpectedReply("park")) }
          return .success(reply[0].integer == 1 ? Int(reply[1].whole ?? 0) : 0)
        })
    }
  }

  /// A fresh snapshot of an event's line.
  package func snapshot(
    of event: EventID, _ completion: @escaping (Result<LineSnapshot, RedisError>) -> Void
  ) {
    let arguments = preamble.arguments(knownCreated: 0)
    let keys = EventKeys(event).scriptKeys
    redis.send(.evalsha(scripts.pulse, keys: keys, arguments: arguments)) { result in
      completion(
        result.flatMap { reply in
          LineSnapshot(pulse: reply).map(Result.success) ?? .failure(.unexpectedReply("pulse"))
        })
    }
  }
}

@available(*, unavailable, message: "an Attendance belongs to its loop's thread")
extension Attendance: Sendable {}
