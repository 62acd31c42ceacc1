import Foundation

/// What a child process starts with.
///
/// Source: `posix_spawn(3)`.
struct Launch: Sendable {
  /// Looked for along `PATH`.
  var program: String
  /// Without the program's name.
  var arguments: [String]
  /// `NAME=value`.
  var environment: [String]
  /// The path of the file that is standard input.
  var input: String
  /// The descriptor that becomes standard output; stays open here.
  var output: Int32
  /// The descriptor that becomes standard error; stays open here.
  var errors: Int32

  /// Starts it, as a child of the calling thread.
  func spawn() throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    // Not all code in a test process marks its descriptors close-on-exec; a child that kept a listening
    // socket or the end of a pipe would keep others waiting.
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    for descriptor in open.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
    posix_spawnattr_setflags(&attributes, flags)

    var pid = pid_t()
    let code = withCStrings([program] + arguments) { arguments in
      withCStrings(environment) { environment in
        posix_spawnp(&pid, program, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else {
      throw TestFailure("cannot start \(program): \(String(cString: strerror(code)))")
    }
    return pid
  }
}

/// The strings as C has lists of them, with a nil at the end.
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
