import TestSupport
import Testing

/// When the rebuild of an event began that has lost everything.
enum RebuildWindow {
  /// Redis time in microseconds. That is when the loss of the whole store was noticed, which
  /// `queue:epoch:{n}` tells, or when the event was made anew, whichever came first: who makes it anew
  /// may know for a moment already that its store has lost everything.
  static func begin(
    of event: String, ofStore number: Int, in redis: any RedisStore
  ) throws -> Int64 {
    let created = try #require(
      try redis.send("HGET", "queue:state:{\(event)}", "created").integer)
    let epoch = try #require(try redis.send("GET", "queue:epoch:{\(number)}").text)
    let lostAt = try #require(epoch.split(separator: "-").first.flatMap { Int64($0) })
    try #require(lostAt > 0)
    return min(created, lostAt)
  }
}
