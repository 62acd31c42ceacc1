import Glibc
import Loop
import TestSupport
import Testing

@testable import EmbeddedRedis

@Suite("DataDirectory")
struct DataDirectoryTests {
  private let temporary: TemporaryDirectory

  init() throws {
    temporary = try TemporaryDirectory()
  }

  @Test("a directory that is not there is made, with those it is in, for this user only")
  func make() throws {
    let directory = try DataDirectory("\(temporary.path)/a/b", patience: .zero)
    #expect(directory.path.hasSuffix("/a/b"))
    var status = stat()
    #expect(stat(directory.path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
  }

  @Test("the path is absolute and without detours")
  func absolute() throws {
    let directory = try DataDirectory("\(temporary.path)/./a/../a/", patience: .zero)
    #expect(directory.path == "\(temporary.path)/a")
  }

  @Test("a second one is refused, and told who has the first")
  func second() throws {
    let first = try DataDirectory(temporary.path, patience: .zero)
    let error = #expect(throws: EmbeddedRedisError.self) {
      _ = try DataDirectory(temporary.path, patience: .zero)
    }
    #expect(error == .directoryInUse(temporary.path, by: getpid()))
    #expect(
      error?.description
        == "--data-dir: \"\(temporary.path)\" is in use by another usher, or by a redis-server that "
        + "it left behind (pid \(getpid())); it takes a directory of its own")
    _ = consume first
  }

  @Test("when the first is gone, the next may have it")
  func next() throws {
    do { _ = try DataDirectory(temporary.path, patience: .zero) }
    // A process that another test starts just now has all descriptors until it runs its program.
    _ = try DataDirectory(temporary.path, patience: .seconds(5))
  }

  @Test("a child that inherited the lock keeps it when we are gone")
  func heirloom() throws {
    let loop = try Loop()
    var ending: WatchedProcess.ExitStatus?
    let child: WatchedProcess
    do {
      let directory = try DataDirectory(temporary.path, patience: .zero)
      child = try WatchedProcess(
        path: "/bin/sleep", arguments: ["600"], output: STDERR_FILENO,
        heirloom: directory.lock.raw, on: loop
      ) { ending = $0 }
    }
    #expect(throws: EmbeddedRedisError.directoryInUse(temporary.path, by: getpid())) {
      _ = try DataDirectory(temporary.path, patience: .milliseconds(50))
    }
    child.send(SIGKILL)
    try loop.turn(until: { ending != nil })
    #expect(ending == .killed(signal: SIGKILL))
    _ = try DataDirectory(temporary.path, patience: .zero)
  }

  @Test("a lock that is given up within the patience is taken")
  func patience() throws {
    let loop = try Loop()
    let child: WatchedProcess
    do {
      let directory = try DataDirectory(temporary.path, patience: .zero)
      child = try WatchedProcess(
        path: "/bin/sleep", arguments: ["0.2"], output: STDERR_FILENO,
        heirloom: directory.lock.raw, on: loop
      ) { _ in }
    }
    _ = try DataDirectory(temporary.path, patience: .seconds(30))
    _ = child
  }

  @Test("a path that cannot be a directory is one clear line")
  func notADirectory() throws {
    let error = #expect(throws: EmbeddedRedisError.self) {
      _ = try DataDirectory("/dev/null/data", patience: .zero)
    }
    #expect(
      error?.description
        == "--data-dir: \"/dev/null/data\" cannot be used (mkdir: Not a directory); it takes a "
        + "directory that may be written to")
  }
}
