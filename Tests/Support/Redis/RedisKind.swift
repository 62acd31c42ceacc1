import Testing

/// Which Redis an usher under test keeps its lines in. usher promises the same with each of them.
package enum RedisKind: Sendable, CustomTestStringConvertible {
  /// The redis-server that usher starts by itself, without `--redis-url`.
  case embedded
  /// A new server, reached by its Unix socket.
  case standalone
  /// A cluster of six nodes, which tests share one after another and find empty.
  case cluster
  /// The same over TLS with client certificates; usher comes as the user `usher` of `deploy/redis`, so
  /// no test with this kind can do what that user may not.
  case tlsCluster
  /// One that the test has started.
  case running(RunningRedis)

  /// Those that a promise is tested with; without clusters where the run leaves these out.
  package static let all = [embedded, standalone] + clusters

  /// Those that run before usher starts.
  package static let external = [standalone] + clusters

  private static let clusters = Selection.includes(.cluster) ? [cluster, tlsCluster] : []

  /// A server that the test has started.
  ///
  /// - Parameter url: How usher reaches it, such as through a proxy; by its Unix socket if nil.
  package static func server(_ server: RedisServer, url: String? = nil) -> RedisKind {
    .running(RunningRedis(store: server, usherFlags: ["--redis-url", url ?? "\(server.socket)"]))
  }

  /// A cluster that the test has started, because it stops or moves something there.
  package static func nodes(_ cluster: RedisCluster) -> RedisKind {
    .running(RunningRedis(store: cluster, usherFlags: cluster.usherFlags))
  }

  /// A master and its replica, found by sentinels.
  package static func sentinels(_ sentinels: RedisSentinels) -> RedisKind {
    .running(RunningRedis(store: sentinels, usherFlags: ["--redis-url", sentinels.url]))
  }

  /// The embedded server of an usher that runs already.
  package static func ownedBy(_ usher: UsherProcess) -> RedisKind {
    let store = EmbeddedRedisStore(of: usher)
    return .running(RunningRedis(store: store, usherFlags: ["--redis-url", "\(store.address)"]))
  }

  /// Starts it, or finds it empty; nil for the one that only usher can start.
  package func start() throws -> RunningRedis? {
    let started: RedisKind? =
      switch self {
      case .embedded: nil
      case .standalone: .server(try RedisServer())
      case .cluster: .nodes(try SharedClusters.emptied(isSecured: false))
      case .tlsCluster: .nodes(try SharedClusters.emptied(isSecured: true))
      case .running: self
      }
    guard case .running(let running)? = started else { return nil }
    return running
  }

  /// The kind's name, in the names of test cases.
  package var testDescription: String {
    switch self {
    case .embedded: "embedded"
    case .standalone: "standalone"
    case .cluster: "cluster"
    case .tlsCluster: "tlsCluster"
    case .running: "running"
    }
  }
}

/// A Redis that runs, and how usher is told to use it.
package struct RunningRedis: Sendable {
  /// The servers, as tests look at them.
  package let store: any RedisStore
  /// Flags of `usher serve`.
  package let usherFlags: [String]
}
