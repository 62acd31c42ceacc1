/// The servers that keep the lines, whichever kind of Redis they are, as tests look at them.
package protocol RedisStore: AnyObject, Sendable {
  /// Sends a command to the server that serves its key, or to any if it has none, and waits for the
  /// reply.
  @discardableResult
  func send(_ command: [String]) throws -> RedisReply

  /// Opens a connection to each server that takes writes at the moment.
  func connections() throws -> [RedisConnection]

  /// Opens a connection to the server that serves a key at the moment.
  func connect(to key: String) throws -> RedisConnection
}

extension RedisStore {
  /// Sends a command to the server that serves its key, or to any if it has none, and waits for the
  /// reply.
  @discardableResult
  package func send(_ command: String...) throws -> RedisReply {
    try send(command)
  }

  /// The keys that match a pattern, of all servers.
  package func keys(_ pattern: String) throws -> [String] {
    try connections().flatMap { try $0.send("KEYS", pattern).texts }
  }

  /// Redis time of one of the servers, in microseconds since 1970.
  package func time() throws -> Int64 {
    let parts = try send("TIME").texts.compactMap { Int64($0) }
    guard parts.count == 2 else { throw TestFailure("TIME: \(parts)") }
    return parts[0] * 1_000_000 + parts[1]
  }

  /// Begins to see what each server executes that takes writes.
  package func monitors() throws -> [RedisMonitor] {
    try connections().map { try $0.monitor() }
  }
}

extension RedisServer: RedisStore {
  /// One.
  package func connections() throws -> [RedisConnection] { [try connect()] }

  /// The server serves every key.
  package func connect(to key: String) throws -> RedisConnection { try connect() }
}

extension RedisCluster: RedisStore {
  /// One to each master.
  package func connections() throws -> [RedisConnection] {
    try masters().map { try $0.server.connect() }
  }

  /// One to the master that owns the key's slot.
  package func connect(to key: String) throws -> RedisConnection {
    try owner(of: key).server.connect()
  }

  /// Empties all nodes, of scripts too.
  package func forget() throws {
    for connection in try connections() {
      for command in [["FLUSHALL"], ["SCRIPT", "FLUSH"]] {
        let reply = try connection.send(command)
        guard reply == .status("OK") else { throw TestFailure("\(command): \(reply)") }
      }
    }
  }
}

extension RedisSentinels: RedisStore {
  /// Sends a command to the master; throws while there is none.
  @discardableResult
  package func send(_ command: [String]) throws -> RedisReply {
    try reachableMaster().send(command)
  }

  /// One, to the master.
  package func connections() throws -> [RedisConnection] { [try reachableMaster().connect()] }

  /// The master serves every key.
  package func connect(to key: String) throws -> RedisConnection { try reachableMaster().connect() }

  private func reachableMaster() throws -> RedisServer {
    guard let master = try master() else { throw TestFailure("the sentinels name no master") }
    return master
  }
}

/// The redis-server that an usher has started by itself. usher runs at least as long as this object.
package final class EmbeddedRedisStore: RedisStore {
  /// Its Unix socket, in usher's data directory.
  package let address: LocalAddress
  private let usher: UsherProcess

  /// - Parameter usher: Started without `--redis-url` and `--data-dir`.
  package init(of usher: UsherProcess) {
    self.usher = usher
    address = .unix(path: usher.directory.path(of: "data/redis.sock"))
  }

  /// Sends a command on a connection of its own and waits for the reply.
  @discardableResult
  package func send(_ command: [String]) throws -> RedisReply {
    try RedisConnection(address).send(command)
  }

  /// One.
  package func connections() throws -> [RedisConnection] { [try RedisConnection(address)] }

  /// The server serves every key.
  package func connect(to key: String) throws -> RedisConnection { try RedisConnection(address) }
}
