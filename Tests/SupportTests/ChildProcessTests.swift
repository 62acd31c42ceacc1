import Foundation
import TestSupport
import Testing

@Suite("ChildProcess")
struct ChildProcessTests {
  @Test("what it says and how it ends is known")
  func runs() throws {
    let command = try Command.run(
      "sh", ["-c", "cat; echo bad >&2; exit 3"], input: Array("in".utf8))
    #expect(command.output == "in")
    #expect(command.errors == "bad\n")
    #expect(command.status == 3)
  }

  @Test("output larger than a pipe delays neither side")
  func largeOutput() throws {
    let command = try Command.run("head", ["-c", "1000000", "/dev/zero"])
    #expect(command.output.utf8.count == 1_000_000)
    #expect(command.status == 0)
  }

  @Test("death by a signal is told as a shell tells it")
  func killed() throws {
    let child = try ChildProcess("sleep", ["600"])
    #expect(child.status == nil)
    try child.kill(SIGKILL)
    #expect(child.status == 128 + SIGKILL)
    #expect(try child.wait() == 128 + SIGKILL)
    try child.kill(SIGKILL)
  }

  @Test("halted is halted when kill returns, and going on is going on")
  func halted() throws {
    let child = try ChildProcess("sleep", ["600"])
    func state() -> Character? {
      let stat = try? String(contentsOfFile: "/proc/\(child.pid)/stat", encoding: .utf8)
      return stat?.split(separator: ")").last?.dropFirst().first
    }
    try child.kill(SIGSTOP)
    #expect(state() == "T")
    try child.kill(SIGCONT)
    #expect(state() != "T")
  }

  @Test("it ends with the object, also when it is halted")
  func endsWithObject() throws {
    var child: ChildProcess? = try ChildProcess("sleep", ["600"])
    try child?.kill(SIGSTOP)
    let pid = try #require(child?.pid)
    child = nil
    #expect(kill(pid, 0) == -1 && errno == ESRCH)
  }

  @Test("it ends when the process that started it dies without a chance to stop it")
  func endsWithParent() async throws {
    let directory = try TemporaryDirectory()
    let note = directory.path(of: "pid")
    await #expect(processExitsWith: .signal(SIGKILL)) { [note = note as String] in
      let child = try ChildProcess("sleep", ["600"])
      // Before that the kernel has not been asked to kill it.
      try eventually("it has become the program") {
        try String(contentsOfFile: "/proc/\(child.pid)/comm", encoding: .utf8) == "sleep\n"
      }
      try "\(child.pid)".write(toFile: note, atomically: true, encoding: .utf8)
      kill(getpid(), SIGKILL)
      withExtendedLifetime(child) {}
    }
    let pid = try #require(directory.text(of: "pid").flatMap { pid_t($0) })
    try eventually("the orphan is gone") { !isRunning(pid) }
  }

  @Test("it inherits no descriptor")
  func descriptors() throws {
    let descriptor = dup(0)
    defer { close(descriptor) }
    // The last is the directory that is being listed.
    #expect(try Command.run("ls", ["/proc/self/fd"]).output == "0\n1\n2\n3\n")
  }

  @Test("it inherits no blocked and no ignored signal", arguments: ["SigBlk", "SigIgn"])
  func signals(field: String) throws {
    let lines = try parallel(1) { _ in
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, SIGTERM)
      pthread_sigmask(SIG_BLOCK, &set, nil)
      return try Command.run("grep", [field, "/proc/self/status"]).output
    }
    let digits = lines[0].dropFirst("\(field):\t".count).dropLast()
    // The C library's own signals, 32 and 33, it arranges as it likes.
    #expect(UInt64(digits, radix: 16).map { $0 & 0x7fff_ffff } == 0)
  }

  @Test("a program that is not there says so")
  func missing() throws {
    let command = try Command.run("usher-no-such-program")
    #expect(command.status == 127)
    #expect(command.errors.contains("usher-no-such-program"))
  }

  @Test("an error names the program that does not end")
  func neverEnds() throws {
    let child = try ChildProcess("sleep", ["600"])
    let failure = #expect(throws: TestFailure.self) { try child.wait(within: .milliseconds(10)) }
    #expect(failure?.description.hasSuffix("sleep 600 ends") == true)
  }
}

/// A zombie that its parent has not collected yet does not run.
private func isRunning(_ pid: pid_t) -> Bool {
  guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
    return false
  }
  return !stat.contains(") Z ")
}
