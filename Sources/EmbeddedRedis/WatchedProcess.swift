import CLinux
import Glibc
import Loop

/// A process that we started, watched on a loop until it ends.
///
/// It is in a process group of its own, so that a Ctrl-C in a terminal reaches us and not it; no
/// signal is blocked in it, and its environment is empty, so that it does not learn our secrets.
///
/// Source: `posix_spawn(3)`, `pidfd_open(2)`.
final class WatchedProcess {
  /// How a process ended.
  enum ExitStatus: Equatable, CustomStringConvertible {
    /// It called `exit` with this code.
    case exited(code: Int32)
    /// This signal ended it.
    case killed(signal: Int32)

    var description: String {
      switch self {
      case .exited(let code): "exit code \(code)"
      case .killed(let signal): "signal \(signal)"
      }
    }
  }

  /// The process' number. It is no other's until the process was seen to have ended.
  let pid: pid_t

  private let pidfd: Descriptor
  private let loop: Loop
  private var watch: Loop.WatchID?

  /// Starts the program at `path` and calls `ended` on the loop's thread, once, when it is gone.
  ///
  /// `output` becomes its standard output and error. It holds `heirloom`, too, as descriptor 3: a
  /// lock, say, that is to be kept until both of us are gone. Nothing else is inherited.
  init(
    path: String, arguments: [String], output: Int32, heirloom: Int32, on loop: Loop,
    ended: @escaping (ExitStatus) -> Void
  ) throws(SystemError) {
    pid = try Self.spawn(path, arguments, output, heirloom)
    let raw = clinux_pidfd_open(pid)
    guard raw != -1 else {
      let error = SystemError(call: "pidfd_open", code: errno)
      Self.abandon(pid)
      throw error
    }
    pidfd = Descriptor(owning: raw)
    self.loop = loop
    do {
      watch = try loop.watch(raw, for: .readable) { [unowned self] _ in reap(ended) }
    } catch {
      Self.abandon(pid)
      throw error
    }
  }

  /// A process that is still there is killed: its owner is gone and could not be told how it ended.
  deinit {
    guard let watch else { return }
    loop.unwatch(watch)
    Self.abandon(pid)
  }

  /// Sends a signal; nothing happens if the process has ended.
  func send(_ signal: Int32) {
    if watch != nil { kill(pid, signal) }
  }

  private func reap(_ ended: (ExitStatus) -> Void) {
    var status: Int32 = 0
    guard let watch, waitpid(pid, &status, WNOHANG) == pid else { return }
    loop.unwatch(watch)
    self.watch = nil
    // As the macros of wait(2) take a status apart.
    let signal = status & 0x7F
    ended(signal == 0 ? .exited(code: status >> 8 & 0xFF) : .killed(signal: signal))
  }

  /// Gets rid of a child that is not watched.
  private static func abandon(_ pid: pid_t) {
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ output: Int32, _ heirloom: Int32
  ) throws(SystemError) -> pid_t {
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO)
    posix_spawn_file_actions_adddup2(&files, heirloom, 3)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for argument in argv { free(argument) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    var pid: pid_t = 0
    let code = posix_spawn(&pid, path, &files, &attributes, &argv, &environment)
    guard code == 0 else { throw SystemError(call: "posix_spawn \(path)", code: code) }
    return pid
  }
}

@available(*, unavailable, message: "a WatchedProcess belongs to its loop's thread")
extension WatchedProcess: Sendable {}
