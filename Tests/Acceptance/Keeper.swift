import Foundation
import TestSupport
import Testing

/// What may keep the lines. Whatever usher promises, it promises with each of them.
enum Keeper: String, CaseIterable, CustomTestStringConvertible {
  /// A redis-server of usher's own.
  case embedded
  /// One server, by its Unix socket.
  case standalone
  /// Six nodes.
  case cluster
  /// Six nodes that speak TLS alone, with clients whom they know, who come as `deploy/redis` has it:
  /// what its user `usher` may not do, no test with this keeper can.
  case securedCluster

  /// All of them; those that are one server if clusters are to be left out.
  static let all = leavesOutClusters ? [embedded, standalone] : allCases

  /// `deploy/test --quick` sets it.
  private static let leavesOutClusters =
    ProcessInfo.processInfo.environment["USHER_TEST_QUICK"] != nil

  var testDescription: String { rawValue }
}

/// A Redis, and what usher must be told to keep lines in it.
struct Ground {
  let store: any RedisStore
  let flags: [String]

  /// Nothing is kept yet.
  init(_ keeper: Keeper) throws {
    switch keeper {
    // usher itself starts what is embedded: see Site.
    case .embedded, .standalone:
      let redis = try RedisServer()
      store = redis
      flags = ["--redis-url", "\(redis.socket)"]
    case .cluster, .securedCluster:
      let cluster = try SharedClusters.emptied(keeper)
      store = cluster
      flags = cluster.usherFlags
    }
  }

  /// A cluster of a test's own.
  init(_ cluster: RedisCluster) {
    store = cluster
    flags = cluster.usherFlags
  }

  /// What is kept already by an usher with a redis-server of its own.
  init(ownRedisOf usher: UsherProcess) {
    let store = OwnRedis(of: usher)
    self.store = store
    flags = ["--redis-url", "\(store.address)"]
  }
}
