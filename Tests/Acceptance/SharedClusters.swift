import Foundation
import Locking
import TestSupport

/// The clusters that tests use one after another, because a new one for each would take two seconds.
/// Who kills nodes starts a cluster of their own.
enum SharedClusters {
  private static let started = Lock<[Keeper: RedisCluster]>([:])

  /// A cluster in which nothing is kept.
  static func emptied(_ keeper: Keeper) throws -> RedisCluster {
    let cluster = try started.withLock { started in
      if let cluster = started[keeper] { return cluster }
      let cluster =
        keeper == .securedCluster
        ? try RedisCluster(encryption: RedisEncryption(), users: RedisUsers())
        : try RedisCluster()
      // Nobody else does at the end: statics stay.
      if started.isEmpty { atexit { SharedClusters.end() } }
      started[keeper] = cluster
      return cluster
    }
    try cluster.awaitWhole()
    try cluster.forget()
    return cluster
  }

  private static func end() {
    started.withLock { $0 = [:] }
  }
}
