import Glibc

@testable import Redis

/// A real redis-server on a Unix socket in a directory of its own, stopped when this goes away.
final class RedisServer {
  let directory: String
  var path: String { directory + "/redis.sock" }
  var endpoint: Endpoint { Endpoint(address: .unix(path: path)) }
  private let arguments: [String]
  private var pid: pid_t = 0

  /// Starts a server with further arguments, such as `--requirepass`, and waits until it is ready.
  convenience init(_ arguments: String...) throws {
    try self.init(arguments: arguments)
  }

  /// The same.
  init(arguments: [String]) throws {
    var template = Array("/tmp/usher-redis-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(code: errno) }
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.arguments = arguments
    try start()
  }

  deinit {
    stop()
    for file in ["redis.sock", "dump.rdb"] { unlink("\(directory)/\(file)") }
    rmdir(directory)
  }

  func start() throws {
    var output: [Int32] = [0, 0]
    guard pipe(&output) == 0 else { throw Failure(code: errno) }
    for end in output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(output[0]) }
    pid = try Self.spawn(
      ["redis-server", "--port", "0", "--unixsocket", path, "--dir", directory, "--save", ""]
        + arguments, output: output[1])
    close(output[1])
    try waitUntilReady(output[0])
  }

  /// Says to this server what `Command` cannot say.
  func cli(_ words: String...) throws {
    let silence = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { close(silence) }
    let pid = try Self.spawn(["redis-cli", "-s", path] + words, output: silence)
    waitpid(pid, nil, 0)
  }

  private static func spawn(_ command: [String], output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    var words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, command[0], &actions, nil, &words, environ)
    guard code == 0 else { throw Failure(code: code) }
    return pid
  }

  /// Sends a signal; SIGSTOP makes a Redis that accepts connections and answers nothing.
  func signal(_ signal: Int32) { kill(pid, signal) }

  /// Kills it, as a crash would.
  func stop() {
    guard pid > 0 else { return }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
    pid = 0
  }

  private func waitUntilReady(_ log: Int32) throws {
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: text, as: UTF8.self).contains("connections") {
      let count = read(log, &chunk, chunk.count)
      guard count > 0 else { throw Failure(code: EPIPE) }
      text += chunk[..<count]
    }
  }

  struct Failure: Error { let code: Int32 }
}
