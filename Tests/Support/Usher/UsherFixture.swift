import Foundation

/// A running usher and the Redis that keeps its lines, for one test:
///
///     let fixture = try UsherFixture(redis: .standalone, flags: ["--fronts", "2"])
///     let token = try fixture.gateway().token(joining: "show", as: "A")
///     try fixture.server.kill(SIGSTOP)
///
/// usher, and the Redis that was started for it, end with the last copy. Any thread may use it.
package struct UsherFixture: Sendable {
  /// The process under test.
  package let usher: UsherProcess
  /// The Redis, whichever kind it is, as tests look at it.
  package let store: any RedisStore

  private let redis: RedisKind
  /// Holds the file with the admin token.
  private let files: TemporaryDirectory

  /// Starts usher, and a Redis if `redis` stands for a new one. Returns when usher is ready.
  ///
  /// - Parameters:
  ///   - redis: Where usher keeps its lines.
  ///   - flags: More flags of `usher serve`.
  ///   - secret: Signs tokens (`USHER_TOKEN_SECRET`); agreed through Redis if nil.
  ///   - adminToken: Opens the operator's routes (`--admin-token-file`); they are closed if nil.
  ///   - environment: More variables of usher's.
  ///   - address: Where usher serves clients; a free port of 127.0.0.1 if nil.
  ///   - limit: How long usher may take to become ready; nil does not wait for that.
  package init(
    redis: RedisKind, flags: [String] = [], secret: String? = nil, adminToken: String? = nil,
    environment: [String: String] = [:], address: LocalAddress? = nil,
    readyWithin limit: Duration? = .seconds(20)
  ) throws {
    files = try TemporaryDirectory()
    var (flags, environment) = (flags, environment)
    environment["USHER_TOKEN_SECRET"] = secret
    if let adminToken {
      let path = files.path(of: "admin-token")
      try "\(adminToken)\n".write(toFile: path, atomically: true, encoding: .utf8)
      guard chmod(path, 0o600) == 0 else { throw TestFailure("chmod: \(errno)") }
      flags += ["--admin-token-file", path]
    }
    // Nobody else knows these servers.
    if !flags.contains("--store-grace") { flags += ["--store-grace", "0s"] }
    let running = try redis.start()
    usher = try UsherProcess(
      (running?.usherFlags ?? []) + flags, environment: environment, address: address,
      readyWithin: limit)
    self.redis = running.map { .running($0) } ?? .ownedBy(usher)
    store = running?.store ?? EmbeddedRedisStore(of: usher)
  }

  /// Starts one more usher in front of the same Redis.
  package func another(
    flags: [String] = [], secret: String? = nil, adminToken: String? = nil
  ) throws -> UsherFixture {
    try UsherFixture(redis: redis, flags: flags, secret: secret, adminToken: adminToken)
  }

  /// The one Redis server; throws if the fixture has a Redis of another kind.
  package var server: RedisServer {
    get throws {
      guard let server = store as? RedisServer else {
        throw TestFailure("this fixture has no RedisServer: \(store)")
      }
      return server
    }
  }

  /// The nodes; throws if the fixture has a Redis of another kind.
  package var cluster: RedisCluster {
    get throws {
      guard let cluster = store as? RedisCluster else {
        throw TestFailure("this fixture has no RedisCluster: \(store)")
      }
      return cluster
    }
  }

  /// The file with the admin token, if there is one.
  package var adminTokenFile: String? {
    files.text(of: "admin-token").map { _ in files.path(of: "admin-token") }
  }

  /// A new connection to usher's clients' port, for one thread.
  package func gateway() -> Gateway { Gateway(self) }

  /// The user ids in the line of an event, the first in line first.
  package func line(at event: String) throws -> [String] {
    try store.send("ZRANGE", "queue:event:{\(event)}", "0", "-1").texts
  }

  /// Redis time, in microseconds since 1970.
  package func time() throws -> Int64 { try store.time() }
}
