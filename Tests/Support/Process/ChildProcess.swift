import Foundation
import Locking

/// Another program, run by a test and gone with it.
///
/// Its standard output and error are collected; standard input is empty unless a file is given. It
/// inherits no other descriptor, and no blocked or ignored signal. The kernel kills it if the test
/// process dies without having stopped it. Any thread may use this.
package final class ChildProcess: Sendable {
  private let life: ChildLife
  private let output: Collector
  private let errors: Collector
  private let command: String

  /// Starts `executable`, which is looked for along `PATH`.
  ///
  /// - Parameters:
  ///   - environment: All of it.
  ///   - input: The path of a file to read from.
  package init(
    _ executable: String, _ arguments: [String],
    environment: [String: String] = ProcessInfo.processInfo.environment,
    input: String = "/dev/null"
  ) throws {
    let (output, outputEnd) = try Collector.make()
    let (errors, errorsEnd) = try Collector.make()
    defer {
      close(outputEnd)
      close(errorsEnd)
    }
    // setpriv becomes the program; it only asks the kernel to kill it if the parent dies.
    let launch = Launch(
      program: "setpriv", arguments: ["--pdeathsig", "KILL", "--", executable] + arguments,
      environment: environment.map { "\($0.key)=\($0.value)" },
      input: input, output: outputEnd, errors: errorsEnd)
    life = try ChildLife.begin(launch)
    self.output = output
    self.errors = errors
    command = ([executable] + arguments).joined(separator: " ")
  }

  deinit {
    life.kill(SIGKILL)
    try? eventually("gone") { life.status != nil }
  }

  /// Its process id, also when it has ended.
  package var pid: pid_t { life.pid }

  /// How it ended, as a shell says it: its exit code, or 128 + the signal that killed it; nil while
  /// it runs.
  package var status: Int32? { life.status }

  /// What it has written to standard output so far.
  package var outputText: String { output.text }

  /// What it has written to standard error so far.
  package var errorText: String { errors.text }

  /// The complete lines that it has written to standard error so far.
  package var errorLines: [String] { errors.lines }

  /// Sends a signal; nothing happens if it has ended. `SIGSTOP`, `SIGCONT` and `SIGKILL` have done
  /// their work when this returns.
  package func kill(_ signal: Int32) throws {
    life.kill(signal)
    switch signal {
    case SIGSTOP: try eventually("\(command) is stopped") { status != nil || isStopped }
    case SIGCONT: try eventually("\(command) goes on") { status != nil || !isStopped }
    case SIGKILL: try eventually("\(command) is gone") { status != nil }
    default: break
    }
  }

  /// Waits until it has ended and returns its ``status``.
  package func wait(within limit: Duration = .seconds(30)) throws -> Int32 {
    try eventually("\(command) ends", within: limit) { status != nil }
    // A child of its own may still hold the other ends, and then there is no end to wait for.
    try? eventually("its words arrive", within: .seconds(1)) { output.isAtEnd && errors.isAtEnd }
    guard let status else { throw TestFailure("\(command) has no status") }
    return status
  }

  /// Whether a signal has halted it.
  var isStopped: Bool {
    let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    guard let stat, let nameEnd = stat.lastIndex(of: ")") else { return false }
    return stat[nameEnd...].hasPrefix(") T ")
  }
}

/// Whether a child lives. A thread of its own starts it and waits for its end, so that the child's
/// parent, in the kernel's sense, is there for as long as the child is.
private final class ChildLife: Sendable {
  let pid: pid_t
  private let ended = Lock<Int32?>(nil)

  private init(pid: pid_t) {
    self.pid = pid
  }

  static func begin(_ launch: Launch) throws -> ChildLife {
    let spawned = SpawnResult()
    Thread {
      let life = Result { ChildLife(pid: try launch.spawn()) }
      spawned.announce(life)
      if case .success(let life) = life { life.awaitEnd() }
    }.start()
    return try spawned.wait()
  }

  var status: Int32? { ended.withLock { $0 } }

  func kill(_ signal: Int32) {
    // Under the lock the process id cannot become another process's.
    ended.withLock { status in
      if status == nil { _ = Foundation.kill(pid, signal) }
    }
  }

  private func awaitEnd() {
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
    ended.withLock { status in
      var raw: Int32 = 0
      waitpid(pid, &raw, 0)
      let signal = raw & 0x7f
      status = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
    }
  }
}

/// Where the thread that starts a child tells how it went.
private final class SpawnResult: Sendable {
  private let outcome = Lock<Result<ChildLife, any Error>?>(nil)
  private let announced = DispatchSemaphore(value: 0)

  func announce(_ result: Result<ChildLife, any Error>) {
    outcome.withLock { $0 = result }
    announced.signal()
  }

  func wait() throws -> ChildLife {
    announced.wait()
    guard let result = outcome.withLock({ $0 }) else { throw TestFailure("no child") }
    return try result.get()
  }
}
