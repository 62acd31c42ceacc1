import Foundation
import TestSupport

/// The built `usher-relay`, delivering for a test. It ends with this object. Any thread may use it.
final class RelayProcess: Sendable {
  let adminAddress: LocalAddress
  private let child: ChildProcess

  /// Starts `usher-relay serve`.
  ///
  /// - Parameter limit: How long it may take until `/readyz` says 200; nil does not wait for that.
  init(
    from redis: String, to sink: String, _ flags: [String] = [],
    readyWithin limit: Duration? = .seconds(30)
  ) throws {
    adminAddress = try LocalAddress.freePort()
    child = try ChildProcess(
      try Self.binary(),
      ["serve", "--redis-url", redis, "--to", sink, "--admin-listen", "\(adminAddress)"] + flags,
      environment: ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("USHER_") })
    if let limit {
      try eventually("the relay is ready: \(child.errorText)", within: limit) {
        (try? readiness().status) == 200
      }
    }
  }

  deinit {
    try? child.kill(SIGKILL)
  }

  var pid: pid_t { child.pid }
  /// What it has logged.
  var log: [String] { child.errorLines }

  func kill(_ signal: Int32) throws {
    try child.kill(signal)
    if signal == SIGKILL || signal == SIGTERM { _ = try child.wait() }
  }

  func readiness() throws -> HTTPResponse { try HTTPClient(adminAddress).get("/readyz") }

  /// The value of a series of `/metrics`, written as there.
  func metric(_ series: String) throws -> Double {
    let page = try HTTPClient(adminAddress).get("/metrics").text
    let line = page.split(separator: "\n").first { $0.hasPrefix(series + " ") }
    guard let value = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
      throw TestFailure("there is no \(series) in \(page)")
    }
    return value
  }

  /// Runs the program to its end.
  static func run(_ arguments: [String]) throws -> Command {
    try Command.run(try binary(), arguments)
  }

  static func binary() throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/usher-relay"
  }
}
