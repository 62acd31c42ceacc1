import TestSupport

/// A Redis of a test's own, and an usher at its door.
struct Venue: Door {
  let redis: RedisServer
  let usher: UsherProcess

  var store: any RedisStore { redis }

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
}
