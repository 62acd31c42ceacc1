import Foundation

/// The built `usher`, serving for a test, on free ports and with a data directory of its own.
///
/// It ends with this object. Any thread may use it.
package final class UsherProcess: Sendable {
  /// Where it serves clients.
  package let address: LocalAddress
  /// Where it serves metrics and probes.
  package let adminAddress: LocalAddress
  /// Where it keeps data, unless its arguments say otherwise.
  package let directory: TemporaryDirectory

  private let child: ChildProcess

  /// Starts `usher serve` and waits until it is ready.
  ///
  /// - Parameters:
  ///   - arguments: More of usher's own flags.
  ///   - environment: More than the test process has; its own variables with `USHER_` are left out.
  ///   - address: Where to serve clients; a free port if nil.
  ///   - adminHost: The address at which to serve metrics and probes, as usher's settings write it.
  ///   - limit: How long it may take until `/readyz` says 200; nil does not wait for that.
  package init(
    _ arguments: [String] = [], environment: [String: String] = [:],
    address: LocalAddress? = nil, adminHost: String = "127.0.0.1",
    readyWithin limit: Duration? = .seconds(20)
  ) throws {
    self.address = try address ?? LocalAddress.freePort()
    adminAddress = try LocalAddress.freePort()
    directory = try TemporaryDirectory()
    let admin = "\(adminAddress)".replacing("127.0.0.1", with: adminHost)
    var flags = ["serve", "--listen", "\(self.address)", "--admin-listen", admin]
    if !arguments.contains("--data-dir") {
      flags += ["--data-dir", directory.path(of: "data")]
    }
    child = try ChildProcess(
      try Self.binary(), flags + arguments, environment: Self.environment(adding: environment))
    if let limit { try awaitReady(within: limit) }
  }

  deinit {
    // It has a chance to stop the redis-server that it may have started, and none to hang the tests.
    try? child.kill(SIGTERM)
    try? child.kill(SIGCONT)
    _ = try? child.wait(within: .seconds(5))
    try? child.kill(SIGKILL)
  }

  /// Runs usher to its end, for the commands that end by themselves and the settings that it
  /// refuses.
  package static func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Command {
    try Command.run(try binary(), arguments, environment: Self.environment(adding: environment))
  }

  /// Its process id.
  package var pid: pid_t { child.pid }

  /// Memory that is in RAM, in KiB: now, and the most at any time.
  ///
  /// Source: `proc(5)`, `VmRSS` and `VmHWM`.
  package func memory() throws -> (resident: Int, peak: Int) {
    let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    guard let resident = text.firstMatch(of: /VmRSS:\s+([0-9]+) kB/).flatMap({ Int($0.1) }),
      let peak = text.firstMatch(of: /VmHWM:\s+([0-9]+) kB/).flatMap({ Int($0.1) })
    else { throw TestFailure("no VmRSS and VmHWM: \(text)") }
    return (resident, peak)
  }

  /// Its exit code, or 128 + the signal that killed it; nil while it runs.
  package var status: Int32? { child.status }

  /// A client for one thread. usher runs at least as long as there is one.
  package func client(timeout: Duration = .seconds(10)) -> HTTPClient {
    HTTPClient(address, timeout: timeout, server: self)
  }

  /// A client of the admin port, for one thread.
  package func admin(timeout: Duration = .seconds(10)) -> HTTPClient {
    HTTPClient(adminAddress, timeout: timeout, server: self)
  }

  /// Waits until `/readyz` says 200; throws if it ends before.
  package func awaitReady(within limit: Duration = .seconds(20)) throws {
    let admin = admin(timeout: .seconds(1))
    try whileRunning("usher is ready", within: limit) {
      (try? admin.get("/readyz"))?.status == 200
    }
  }

  /// The value of a series in `/metrics`, such as `usher_ready` or `x_total{a="b"}`; nil if it is
  /// not there.
  package func metric(_ series: String) throws -> Double? {
    let text = try admin().get("/metrics").text
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(series) ") }
    return line.flatMap { Double($0.dropFirst(series.count + 1)) }
  }

  /// The lines that it has logged so far.
  package var logLines: [String] { child.errorLines }

  /// Waits for a line of the log, which may have come already; throws if it ends before.
  package func awaitLogLine(
    within limit: Duration = .seconds(10), where matches: (String) -> Bool
  ) throws -> String {
    var found: String?
    try whileRunning("the line of the log", within: limit) {
      found = logLines.first(where: matches)
      return found != nil
    }
    guard let found else { throw TestFailure("no such line") }
    return found
  }

  /// Asks it to stop, waits, and returns its exit code (or 128 + the signal that killed it).
  package func terminate(within limit: Duration = .seconds(30)) throws -> Int32 {
    try child.kill(SIGTERM)
    return try child.wait(within: limit)
  }

  /// Waits until it has ended and returns its exit code (or 128 + the signal that killed it).
  package func wait(within limit: Duration = .seconds(30)) throws -> Int32 {
    try child.wait(within: limit)
  }

  /// Sends it a signal. When this returns, `SIGSTOP` has halted it, `SIGCONT` has made it go on, and
  /// `SIGKILL` has ended it.
  package func kill(_ signal: Int32) throws {
    try child.kill(signal)
  }

  private func whileRunning(
    _ expectation: String, within limit: Duration, _ condition: () throws -> Bool
  ) throws {
    try eventually("\(expectation); it logged:\n\(child.errorText)", within: limit) {
      if try condition() { return true }
      guard let status else { return false }
      // Its last words may have come between the two questions.
      if try condition() { return true }
      throw TestFailure("usher ended with \(status) before \(expectation):\n\(child.errorText)")
    }
  }

  /// `USHER_BINARY`, or what was built together with these tests.
  private static func binary() throws -> String {
    if let path = ProcessInfo.processInfo.environment["USHER_BINARY"] { return path }
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/usher"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw TestFailure("there is no \(path): swift build, or set USHER_BINARY")
    }
    return path
  }

  private static func environment(adding more: [String: String]) -> [String: String] {
    ProcessInfo.processInfo.environment
      .filter { !$0.key.hasPrefix("USHER_") }
      .merging(more) { $1 }
  }
}
