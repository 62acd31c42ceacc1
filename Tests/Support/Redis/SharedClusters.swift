import Foundation
import Locking

/// The clusters that tests use one after another, because a new one for each would take two seconds. A
/// test that kills nodes starts a cluster of its own.
enum SharedClusters {
  private static let started = Lock<[Bool: RedisCluster]>([:])

  /// A cluster that holds nothing.
  ///
  /// - Parameter isSecured: Whether it speaks TLS alone and has the users of `deploy/redis`.
  static func emptied(isSecured: Bool) throws -> RedisCluster {
    let cluster = try started.withLock { started in
      if let cluster = started[isSecured] { return cluster }
      let cluster =
        isSecured
        ? try RedisCluster(encryption: RedisEncryption(), users: RedisUsers())
        : try RedisCluster()
      // Statics are never released, and the nodes must end with the process.
      if started.isEmpty { atexit { SharedClusters.end() } }
      started[isSecured] = cluster
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
