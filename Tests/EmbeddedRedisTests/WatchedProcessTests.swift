import Glibc
import Loop
import Testing

@testable import EmbeddedRedis

@Suite("WatchedProcess")
struct WatchedProcessTests {
  /// Runs a shell script to its end; how it ended, and the lines that it wrote.
  private func run(
    _ script: String, whileRunning: (WatchedProcess) -> Void = { _ in }
  ) throws -> (WatchedProcess.ExitStatus?, [String]) {
    let loop = try Loop()
    var lines: [String] = []
    var ending: WatchedProcess.ExitStatus?
    let output = try ProcessOutput(on: loop) { lines.append($0) }
    let child = try output.withChildsEnd { descriptor throws(SystemError) in
      try WatchedProcess(
        path: "/bin/sh", arguments: ["-c", script], output: descriptor, heirloom: descriptor,
        on: loop
      ) { ending = $0 }
    }
    whileRunning(child)
    try loop.turn(until: { ending != nil })
    output.read()
    return (ending, lines)
  }

  @Test("the code that a process exits with is told")
  func exitCode() throws {
    #expect(try run("exit 0").0 == .exited(code: 0))
    #expect(try run("exit 42").0 == .exited(code: 42))
    #expect(WatchedProcess.ExitStatus.exited(code: 42).description == "exit code 42")
  }

  @Test("the signal that kills a process is told")
  func signal() throws {
    #expect(try run("sleep 600") { $0.send(SIGTERM) }.0 == .killed(signal: SIGTERM))
    #expect(try run("kill -9 $$").0 == .killed(signal: SIGKILL))
    #expect(WatchedProcess.ExitStatus.killed(signal: 9).description == "signal 9")
  }

  @Test("what it writes to either output arrives line by line, its last words too")
  func output() throws {
    let script = "echo one; echo two >&2; echo; printf 'no newline'; exit 3"
    let (ending, lines) = try run(script)
    #expect(ending == .exited(code: 3))
    #expect(lines == ["one", "two", "no newline"])
  }

  @Test("a line without an end comes in pieces")
  func longLine() throws {
    let (_, lines) = try run("head -c 2500 /dev/zero | tr '\\0' x")
    #expect(lines.map(\.count) == [1024, 1024, 452])
  }

  @Test("it has no environment, no input, and leads a process group of its own")
  func surroundings() throws {
    let (_, lines) = try run("cat; env -i; env | grep USHER; ps -o pgid= -p $$; echo $$")
    #expect(lines.count == 2)
    #expect(lines[0].trimming == lines[1])
  }

  @Test("signals that we block are not blocked in it")
  func signalMask() throws {
    var set = sigset_t()
    var before = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &set, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let (_, lines) = try run("grep SigBlk /proc/self/status")
    #expect(lines == ["SigBlk:\t0000000000000000"])
  }

  @Test("a program that is not there is an error")
  func missing() throws {
    let loop = try Loop()
    #expect(throws: SystemError(call: "posix_spawn /no/such/program", code: ENOENT)) {
      _ = try WatchedProcess(
        path: "/no/such/program", arguments: [], output: STDERR_FILENO, heirloom: STDERR_FILENO,
        on: loop
      ) { _ in }
    }
  }

  @Test("a process whose owner goes away is killed")
  func dropped() throws {
    let loop = try Loop()
    var child: WatchedProcess? = try WatchedProcess(
      path: "/bin/sleep", arguments: ["600"], output: STDERR_FILENO, heirloom: STDERR_FILENO,
      on: loop
    ) { _ in }
    let stranger = try Stranger(pid: child?.pid)
    child = nil
    #expect(stranger.ends())
  }
}

extension String {
  fileprivate var trimming: String { String(drop { $0 == " " }) }
}
