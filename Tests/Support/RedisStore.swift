/// Where lines are kept, whichever servers that takes, as tests look at it.
package protocol RedisStore: AnyObject, Sendable {
  /// Sends a command to the server that serves its key, or to any if it has none, and waits for the
  /// reply.
  @discardableResult
  func send(_ command: [String]) throws -> RedisReply

  /// Opens a connection to each server that takes writes at the moment.
  func connections() throws -> [RedisConnection]
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

  /// Begins to see what each server executes that takes writes.
  package func monitors() throws -> [RedisMonitor] {
    try connections().map { try $0.monitor() }
  }
}

extension RedisServer: RedisStore {
  /// One.
  package func connections() throws -> [RedisConnection] { [try connect()] }
}

extension RedisCluster: RedisStore {
  /// One to each master.
  package func connections() throws -> [RedisConnection] {
    try masters().map { try $0.server.connect() }
  }

  /// Forgets everything that is kept, scripts included.
  package func forget() throws {
    for connection in try connections() {
      for command in [["FLUSHALL"], ["SCRIPT", "FLUSH"]] {
        let reply = try connection.send(command)
        guard reply == .status("OK") else { throw TestFailure("\(command): \(reply)") }
      }
    }
  }
}
