import Loop
import Redis

/// The events of one kind that are alive: a sorted set of event → when it was last active, in
/// milliseconds, by Redis' clock for lines and by the caller's for sales. All sidecars share it; if it
/// is lost, activity fills it again.
///
/// Confined to its client's thread, completions included.
package struct EventRegistry {
  private let key: Key
  private let redis: any RedisClient

  /// The registry under `key`, behind `redis`.
  package init(_ key: Key, redis: any RedisClient) {
    self.key = key
    self.redis = redis
  }

  /// Notes that `event` was active at `time`, ms.
  package func note(
    _ event: EventID, at time: Int64 = WallClock.milliseconds,
    _ completion: @escaping (Result<Void, RedisError>) -> Void = { _ in }
  ) {
    let member = ScoredMember(score: time, member: event.text)
    redis.send(.zadd(key, [member], .always)) { completion($0.map { _ in }) }
  }

  /// The events active after `time`, those of longest ago first: all of them, up to 65,535. Forgets
  /// those that have not been active since `ended`. Both are ms.
  package func events(
    activeAfter time: Int64? = nil, forgettingBefore ended: Int64,
    _ completion: @escaping (Result<[EventID], RedisError>) -> Void
  ) {
    redis.send(.zremrangeByScore(key, ScoreRange(to: .excluding(ended)))) { _ in }
    let range = time.map { ScoreRange(from: .excluding($0)) } ?? ScoreRange()
    redis.send(.zrangeByScore(key, range, limit: .max, withScores: false)) { result in
      completion(
        result.map { reply in
          reply.elements.compactMap { $0.text.flatMap { EventID($0) } }
        })
    }
  }
}

@available(*, unavailable, message: "an EventRegistry belongs to its client's thread")
extension EventRegistry: Sendable {}
