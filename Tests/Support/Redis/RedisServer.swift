import Foundation
import Locking

/// A `redis-server` of a test's own: in a fresh directory, on a Unix socket that no other test knows.
///
/// It keeps nothing on disk unless its arguments say so. It ends with this object, and its directory
/// goes with it. Any thread may use it.
package final class RedisServer: Sendable {
  /// Where it listens always.
  package let socket: LocalAddress
  /// Where else it listens, if that was wanted.
  package let tcp: LocalAddress?
  /// What it keeps, and `redis.log`.
  package let directory: TemporaryDirectory
  /// As whom tests come; nil if the server wants no login.
  package let login: RedisLogin?

  private let arguments: [String]
  private let process = Lock<ChildProcess?>(nil)

  /// Starts a server and waits until it answers.
  ///
  /// - Parameters:
  ///   - arguments: More of redis-server's own, such as `["--appendonly", "yes"]`; they win.
  ///   - tcp: Whether it listens at a free port of 127.0.0.1 too.
  package convenience init(_ arguments: [String] = [], tcp: Bool = false) throws {
    try self.init(
      arguments, tcp: tcp ? try LocalAddress.freePort() : nil, in: try TemporaryDirectory(),
      login: Self.value(of: "--requirepass", in: arguments).map { RedisLogin(password: $0) })
  }

  /// Starts a server in a directory that may hold something already, and waits until it answers.
  ///
  /// - Parameters:
  ///   - tcp: A port that it listens at too. If that is for TLS, the arguments say so: `--port 0`.
  ///   - login: As whom tests come.
  ///   - configuration: A file in the directory to read first, for what the arguments cannot say.
  package init(
    _ arguments: [String], tcp: LocalAddress?, in directory: TemporaryDirectory,
    login: RedisLogin?, configuration: String? = nil
  ) throws {
    self.directory = directory
    self.tcp = tcp
    self.login = login
    let path = directory.path(of: "redis.sock")
    socket = .unix(path: path)
    let port: UInt16 = if case .tcp(let port) = tcp { port } else { 0 }
    let file = configuration.map { [directory.path(of: $0)] } ?? []
    self.arguments =
      file + [
        "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", path, "--dir", directory.path,
        "--logfile", directory.path(of: "redis.log"), "--save", "", "--daemonize", "no",
      ] + arguments
    try start()
  }

  deinit {
    // Before its directory goes.
    try? kill(SIGKILL)
  }

  /// The process id of the server that runs, or ran last.
  package var pid: pid_t { process.withLock { $0?.pid ?? 0 } }

  /// Whether its process is there and not halted.
  package var isRunning: Bool {
    process.withLock { $0.map { $0.status == nil && !$0.isStopped } ?? false }
  }

  /// Opens a connection to it, authenticated if it wants that. The server runs at least as long as
  /// the connection is there.
  ///
  /// - Parameter timeout: How long each command waits for its reply.
  package func connect(timeout: Duration = .seconds(10)) throws -> RedisConnection {
    try RedisConnection(socket, login: login, timeout: timeout, server: self)
  }

  /// Sends a command on a connection of its own and waits for the reply.
  @discardableResult
  package func send(_ command: [String]) throws -> RedisReply {
    try connect().send(command)
  }

  /// Begins to see what it executes.
  package func monitor() throws -> RedisMonitor {
    try connect().monitor()
  }

  /// Stops it as a service manager does, also when it is halted: what it keeps on disk is complete.
  /// Nothing happens if it does not run.
  package func stop() throws {
    guard let process = process.withLock({ $0 }), process.status == nil else { return }
    try process.kill(SIGTERM)
    try process.kill(SIGCONT)
    _ = try process.wait()
  }

  /// Sends it a signal. When this returns, `SIGSTOP` has halted it, `SIGCONT` has made it go on, and
  /// `SIGKILL` has ended it.
  package func kill(_ signal: Int32) throws {
    try process.withLock({ $0 })?.kill(signal)
  }

  /// Stops it, if it runs, and starts it again with the same arguments, addresses and directory.
  package func restart() throws {
    try stop()
    try start()
  }

  private func start() throws {
    let child = try ChildProcess("redis-server", arguments)
    process.withLock { $0 = child }
    try eventually("redis-server answers") {
      if child.status != nil {
        // With all that it has said.
        let status = try child.wait()
        throw TestFailure(
          "redis-server ended with \(status): \(child.errorText) \(child.outputText) "
            + (directory.text(of: "redis.log") ?? ""))
      }
      return Self.answers(at: socket)
    }
  }

  /// A server that wants a password answers too; one that still loads its data does not yet.
  private static func answers(at address: LocalAddress) -> Bool {
    let connection = try? RedisConnection(address, timeout: .seconds(1))
    switch try? connection?.send("PING") {
    case .status("PONG"): return true
    case .error(let message): return message.hasPrefix("NOAUTH")
    default: return false
    }
  }

  private static func value(of flag: String, in arguments: [String]) -> String? {
    guard let index = arguments.lastIndex(of: flag) else { return nil }
    return arguments.dropFirst(index + 1).first
  }
}
