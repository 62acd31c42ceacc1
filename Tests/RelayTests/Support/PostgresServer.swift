import Foundation
import Locking
import TestSupport

/// A PostgreSQL of a test's own: in a fresh directory, on a Unix socket that no other test knows, with the
/// tables of a relay in the database `usher`. It ends with this object. Any thread may use it.
final class PostgresServer: Sendable {
  let directory: TemporaryDirectory
  private let arguments: [String]
  private let port: String
  private let process = Lock<ChildProcess?>(nil)

  /// Starts a server and waits until it answers.
  ///
  /// - Parameters:
  ///   - arguments: More of PostgreSQL's own, such as `["-c", "ssl=on"]`.
  ///   - authentication: What it wants of those who connect.
  ///   - data: Where it keeps its data, if not in its directory.
  init(
    _ arguments: [String] = [], port: String = "5432", authentication: String = "trust",
    data: String? = nil,
    withTables: Bool = true
  ) throws {
    directory = try TemporaryDirectory()
    self.port = port
    let data = data ?? directory.path(of: "data")
    self.arguments =
      [
        "-D", data, "-k", directory.path, "-c", "listen_addresses=", "-c", "port=\(port)", "-c",
        "max_wal_size=64MB",
      ]
      + arguments
    if geteuid() == 0 {
      _ = try Self.checked("chown", ["postgres", directory.path])
    }
    try Data("secret\n".utf8).write(to: URL(fileURLWithPath: directory.path(of: "password")))
    if geteuid() == 0 {
      _ = try Self.checked("chown", ["postgres", directory.path(of: "password")])
    }
    _ = try Self.checked(
      try Self.program("initdb"),
      [
        "-D", data, "-U", "usher", "-A", authentication, "--pwfile", directory.path(of: "password"),
        "-E", "UTF8", "--locale=C", "--no-sync",
      ])
    try start()
    try query("CREATE DATABASE usher", in: "postgres")
    if withTables { try query(Self.schema()) }
  }

  deinit {
    try? process.withLock { try $0?.kill(SIGQUIT) }
    _ = try? process.withLock { try $0?.wait(within: .seconds(10)) }
    try? process.withLock { try $0?.kill(SIGKILL) }
  }

  /// What a relay is told to deliver to.
  var url: String { "postgresql://usher:secret@/usher?host=\(directory.path)&port=\(port)" }

  /// Its process id.
  var pid: pid_t { process.withLock { $0?.pid ?? 0 } }

  /// Ends it in the middle of whatever it does.
  func kill() throws {
    try process.withLock { child in
      try child?.kill(SIGKILL)
      _ = try child?.wait()
    }
  }

  /// Starts it again, and waits until it answers.
  func start() throws {
    // What a killed server has left behind holds its memory for a moment.
    try eventually("PostgreSQL answers", within: .seconds(60)) {
      let isRunning = process.withLock { $0.map { $0.status == nil } ?? false }
      if !isRunning {
        let child = try Self.child(try Self.program("postgres"), arguments)
        process.withLock { $0 = child }
      }
      usleep(100_000)
      return try run("SELECT 1", in: "postgres").status == 0
    }
  }

  /// Runs a statement; a line a row, columns with a bar between them. Throws if it fails.
  @discardableResult
  func query(_ text: String, in database: String = "usher") throws -> [String] {
    let result = try run(text, in: database)
    guard result.status == 0 else { throw TestFailure("\(text): \(result.errors)") }
    return result.output.split(separator: "\n").map(String.init)
  }

  /// The one number that a statement returns.
  func number(_ text: String) throws -> Int {
    guard let number = try query(text).first.flatMap({ Int($0) }) else {
      throw TestFailure("\(text) is no number")
    }
    return number
  }

  private func run(_ text: String, in database: String) throws -> Command {
    try Command.run(
      try Self.program("psql"),
      [
        "-XAtq", "-v", "ON_ERROR_STOP=1",
        "postgresql://usher:secret@/\(database)?host=\(directory.path)&port=\(port)", "-c", text,
      ])
  }

  private static func schema() throws -> String {
    try checked(try RelayProcess.binary(), ["schema"]).output
  }

  /// PostgreSQL does not run as root.
  private static func asPostgres(_ program: String, _ arguments: [String]) -> (String, [String]) {
    guard geteuid() == 0 else { return (program, arguments) }
    let user = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", program]
    return ("setpriv", user + arguments)
  }

  private static func child(_ program: String, _ arguments: [String]) throws -> ChildProcess {
    let (program, arguments) = asPostgres(program, arguments)
    return try ChildProcess(program, arguments, environment: ProcessInfo.processInfo.environment)
  }

  private static func checked(_ program: String, _ arguments: [String]) throws -> Command {
    let (name, list) =
      program.hasSuffix("initdb") ? asPostgres(program, arguments) : (program, arguments)
    let result = try Command.run(name, list)
    guard result.status == 0 else { throw TestFailure("\(program): \(result.errors)") }
    return result
  }

  /// Debian keeps each version's programs by themselves.
  private static func program(_ name: String) throws -> String {
    let root = "/usr/lib/postgresql"
    let versions = try FileManager.default.contentsOfDirectory(atPath: root).compactMap { Int($0) }
    guard let newest = versions.max() else {
      throw TestFailure("there is no PostgreSQL in \(root): deploy/setup --tests")
    }
    return "\(root)/\(newest)/bin/\(name)"
  }
}
