import TestSupport

/// An usher at the door of lines that one of the keepers keeps.
struct Site: Door {
  let usher: UsherProcess
  let redis: any RedisStore
  private let ground: Ground

  var store: any RedisStore { redis }

  /// Opens when usher is ready, with nothing kept.
  ///
  /// - Parameters:
  ///   - flags: More of usher's own.
  ///   - secret: What tokens are signed with; agreed through Redis if nil.
  init(_ flags: [String] = [], on keeper: Keeper, secret: String? = nil) throws {
    if keeper == .embedded {
      let usher = try UsherProcess(flags, environment: Self.environment(secret))
      self.init(usher, Ground(ownRedisOf: usher))
    } else {
      try self.init(flags, ground: Ground(keeper), secret: secret)
    }
  }

  /// Opens when usher is ready, with whatever is kept already.
  init(_ flags: [String] = [], ground: Ground, secret: String? = nil) throws {
    let usher = try UsherProcess(ground.flags + flags, environment: Self.environment(secret))
    self.init(usher, ground)
  }

  private init(_ usher: UsherProcess, _ ground: Ground) {
    self.usher = usher
    self.ground = ground
    redis = ground.store
  }

  /// One more usher at the door of the same lines.
  func another(_ flags: [String] = [], secret: String? = nil) throws -> Site {
    try Site(flags, ground: ground, secret: secret)
  }

  private static func environment(_ secret: String?) -> [String: String] {
    secret.map { ["USHER_TOKEN_SECRET": $0] } ?? [:]
  }
}

/// The redis-server that an usher has started for itself.
///
/// usher runs at least as long as there is one.
final class OwnRedis: RedisStore {
  let address: LocalAddress
  private let usher: UsherProcess

  init(of usher: UsherProcess) {
    self.usher = usher
    address = .unix(path: usher.directory.path(of: "data/redis.sock"))
  }

  func send(_ command: [String]) throws -> RedisReply {
    try RedisConnection(address).send(command)
  }

  func connections() throws -> [RedisConnection] { [try RedisConnection(address)] }
}
