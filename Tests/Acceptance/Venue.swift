import TestSupport

/// A Redis of a test's own, and an usher at its door.
struct Venue {
  let redis: RedisServer
  let usher: UsherProcess

  /// Opens when usher is ready.
  ///
  /// - Parameters:
  ///   - flags: More of usher's own.
  ///   - redis: Where the queue is kept; a new server if nil.
  ///   - url: How usher gets there; by its Unix socket if nil.
  ///   - secret: What tokens are signed with; agreed through Redis if nil.
  init(
    _ flags: [String] = [], redis: RedisServer? = nil, url: String? = nil, secret: String? = nil
  ) throws {
    let redis = try redis ?? RedisServer()
    self.redis = redis
    usher = try UsherProcess(
      ["--redis-url", url ?? "\(redis.socket)"] + flags,
      environment: secret.map { ["USHER_TOKEN_SECRET": $0] } ?? [:])
  }

  /// Another way in, for one thread.
  func gateway() -> Gateway { Gateway(usher, redis: redis) }

  /// Who waits at an event, the first in line first.
  func line(at event: String) throws -> [String] {
    try redis.send("ZRANGE", "queue:event:{\(event)}", "0", "-1").texts
  }

  /// Redis time, in microseconds since 1970.
  func time() throws -> Int64 {
    let parts = try redis.send("TIME").texts.compactMap { Int64($0) }
    guard parts.count == 2 else { throw TestFailure("TIME: \(parts)") }
    return parts[0] * 1_000_000 + parts[1]
  }
}
