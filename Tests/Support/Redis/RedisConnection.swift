import Foundation

/// A small blocking Redis client (RESP2): what tests look at a server with, so that they do not
/// rely on the client under test.
///
/// For one thread at a time.
package final class RedisConnection {
  private let socket: BlockingSocket
  /// The server, if a test started it: it runs as long as this connection is there.
  private let server: RedisServer?

  /// Connects, and authenticates if there is a password.
  ///
  /// - Parameter timeout: How long each command waits for its reply.
  package convenience init(
    _ address: LocalAddress, password: String? = nil, timeout: Duration = .seconds(10)
  ) throws {
    try self.init(
      address, login: password.map { RedisLogin(password: $0) }, timeout: timeout, server: nil)
  }

  init(
    _ address: LocalAddress, login: RedisLogin?, timeout: Duration, server: RedisServer?
  ) throws {
    self.server = server
    socket = try BlockingSocket(address, timeout: timeout)
    if let login {
      let reply = try send(["AUTH"] + login.words)
      guard reply == .status("OK") else { throw TestFailure("AUTH: \(reply)") }
    }
  }

  /// Sends a command and waits for its reply, which may be an error.
  @discardableResult
  package func send(_ command: String...) throws -> RedisReply {
    try send(command)
  }

  /// Sends a command and waits for its reply, which may be an error.
  @discardableResult
  package func send(_ command: [String]) throws -> RedisReply {
    try send(pipeline: [command])[0]
  }

  /// Sends many commands at once and waits for all their replies, in order.
  package func send(pipeline commands: [[String]]) throws -> [RedisReply] {
    try write(commands.flatMap { Self.encoded($0.map { Array($0.utf8) }) })
    return try commands.map { _ in try reply() }
  }

  /// Sends a command of arbitrary bytes and waits for its reply.
  package func send(bytes command: [[UInt8]]) throws -> RedisReply {
    try write(Self.encoded(command))
    return try reply()
  }

  /// Makes this connection see what the server executes from now on. It is no longer for commands.
  package func monitor() throws -> RedisMonitor {
    let reply = try send("MONITOR")
    guard reply == .status("OK") else { throw TestFailure("MONITOR: \(reply)") }
    return RedisMonitor(self)
  }

  /// Sends bytes as they are, also such that are no command.
  package func write(_ bytes: [UInt8]) throws {
    try socket.send(bytes)
  }

  /// Waits for the next reply.
  package func reply() throws -> RedisReply {
    let line = try socket.line()
    let rest = String(line.dropFirst())
    switch line.first {
    case "+": return .status(rest)
    case "-": return .error(rest)
    case ":": return .integer(Int64(try number(rest)))
    case "$":
      let count = try number(rest)
      guard count >= 0 else { return .null }
      return .bulk(Array(try socket.bytes(count + 2).dropLast(2)))
    case "*":
      let count = try number(rest)
      guard count >= 0 else { return .null }
      return .array(try (0..<count).map { _ in try reply() })
    default: throw ClientError.malformed(line)
    }
  }

  private func number(_ text: String) throws -> Int {
    guard let number = Int(text) else { throw ClientError.malformed(text) }
    return number
  }

  private static func encoded(_ command: [[UInt8]]) -> [UInt8] {
    var bytes = Array("*\(command.count)\r\n".utf8)
    for argument in command {
      bytes += "$\(argument.count)\r\n".utf8
      bytes += argument
      bytes += "\r\n".utf8
    }
    return bytes
  }
}

@available(*, unavailable, message: "a connection is for one thread; open one for each")
extension RedisConnection: Sendable {}
