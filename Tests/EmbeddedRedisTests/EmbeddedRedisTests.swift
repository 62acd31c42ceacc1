import Glibc
import Loop
import TestSupport
import Testing

@testable import EmbeddedRedis
@testable import Logging

@Suite("EmbeddedRedis, with a real redis-server")
struct EmbeddedRedisTests {
  private let temporary: TemporaryDirectory
  private let loop: Loop
  private let output: Pipe
  private let log: Log

  init() throws {
    temporary = try TemporaryDirectory()
    loop = try Loop()
    output = try Pipe()
    log = Log(level: .info, format: .text, descriptor: output.writeEnd)
  }

  private func makeRedis() throws -> EmbeddedRedis {
    try EmbeddedRedis(directory: temporary.path, loop: loop, log: log)
  }

  private func stop(_ redis: EmbeddedRedis) throws {
    var isStopped = false
    redis.stop { isStopped = true }
    try loop.turn(until: { isStopped })
  }

  @Test("it starts, answers on its socket and on no port, keeps every change, and never evicts")
  func starts() throws {
    let redis = try makeRedis()
    #expect(redis.address == .unix(path: "\(temporary.path)/redis.sock"))
    #expect(redis.pid == nil)
    redis.start()
    let address = redis.address
    try loop.turn(until: { address.answers })
    #expect(address.redisPID == redis.pid)
    let configuration = [
      "port": "0", "appendonly": "yes", "appendfsync": "everysec", "save": "",
      "maxmemory-policy": "noeviction", "unixsocketperm": "700",
    ]
    for (name, value) in configuration {
      #expect(address.ask("CONFIG", "GET", name)?.texts == [name, value])
    }
    try stop(redis)
  }

  @Test("killed, it comes back with all that it was told")
  func comesBack() throws {
    let redis = try makeRedis()
    redis.start()
    let address = redis.address
    try loop.turn(until: { address.answers })
    #expect(address.ask("SET", "place", "1") == .status("OK"))
    let first = try #require(redis.pid)
    kill(first, SIGKILL)
    try loop.turn(until: { redis.pid != nil && redis.pid != first })
    try loop.turn(until: { address.answers })
    #expect(address.ask("GET", "place") == .text("1"))
    #expect(address.redisPID == redis.pid)
    #expect(
      output.read().contains("redis-server died and will be started again ending=\"signal 9\""))
    try stop(redis)
  }

  @Test("stopped, it is gone, and its data can be used again")
  func stops() throws {
    let redis = try makeRedis()
    redis.start()
    let address = redis.address
    try loop.turn(until: { address.answers })
    #expect(address.ask("SET", "place", "1") == .status("OK"))
    let server = try Stranger(pid: redis.pid)
    try stop(redis)
    #expect(server.ends())
    #expect(redis.pid == nil)
    #expect(!address.answers)
    let said = output.read()
    #expect(said.contains("redis-server ended ending=\"exit code 0\""))
    #expect(!said.contains("WARN"), "a life without trouble")
  }

  @Test("one that cannot start says why, and is started again once the reason is gone")
  func cannotStart() throws {
    // A file where the server wants a directory.
    let obstacle = try temporary.makeFile("appendonlydir")
    let redis = try makeRedis()
    redis.start()
    var said = ""
    try loop.turn(until: {
      said += output.read()
      return said.contains("died and will be started again")
    })
    #expect(said.contains("ending=\"exit code 1\" last_words="))
    #expect(said.contains("appendonlydir"))
    unlink(obstacle)
    try loop.turn(until: { redis.address.answers })
    try stop(redis)
  }

  @Test("while it rests before the next start, a stop is the end")
  func stopsWhileResting() throws {
    _ = try temporary.makeFile("appendonlydir")
    let redis = try makeRedis()
    redis.start()
    try loop.turn(until: { redis.pid == nil })
    try stop(redis)
  }

  @Test("stopped before it was started, it is over at once")
  func stopsWithoutServer() throws {
    try stop(makeRedis())
  }

  @Test("one that does not listen to SIGTERM is killed")
  func stubborn() throws {
    let redis = try makeRedis()
    redis.start()
    try loop.turn(until: { redis.address.answers })
    kill(try #require(redis.pid), SIGSTOP)
    try stop(redis)
    #expect(output.read().contains("ending=\"signal 9\""))
  }

  @Test("a second usher on the same directory is refused while the first runs")
  func secondUsher() throws {
    let redis = try makeRedis()
    redis.start()
    let error = #expect(throws: EmbeddedRedisError.self) {
      _ = try EmbeddedRedis(
        directory: temporary.path, loop: loop, log: log, patience: .zero, searchPath: "/usr/bin")
    }
    #expect(error == .directoryInUse(temporary.path, by: getpid()))
    try loop.turn(until: { redis.address.answers })
    try stop(redis)
  }

  @Test("without a redis-server on the PATH it says what to install")
  func missingServer() throws {
    let error = #expect(throws: EmbeddedRedisError.self) {
      _ = try EmbeddedRedis(
        directory: temporary.path, loop: loop, log: log, patience: .zero, searchPath: "/nowhere:")
    }
    #expect(error == .noServer)
    #expect(error?.description.contains("apt install redis-server") == true)
  }

  @Test("a directory whose socket would have too long a path is refused")
  func longPath() throws {
    let long = "\(temporary.path)/" + String(repeating: "x", count: 90)
    #expect(throws: EmbeddedRedisError.pathTooLong(long)) {
      _ = try EmbeddedRedis(
        directory: long, loop: loop, log: log, patience: .zero, searchPath: "/usr/bin")
    }
  }

  @Test("when usher is killed, its server ends by itself, and the next usher finds the data")
  func ushersDeath() throws {
    let host = try Host(directory: temporary.path, loop: loop)
    let address = SocketAddress.unix(path: "\(temporary.path)/redis.sock")
    try loop.turn(until: { address.answers })
    #expect(address.ask("SET", "place", "1") == .status("OK"))
    let server = try Stranger(pid: address.redisPID)

    host.process.send(SIGKILL)
    // At once, as a supervisor would: the old server may still be writing.
    let redis = try makeRedis()
    #expect(server.ends())
    redis.start()
    try loop.turn(until: { address.answers })
    #expect(address.ask("GET", "place") == .text("1"))
    #expect(address.redisPID == redis.pid)
    try stop(redis)
  }
}

/// A process that keeps a Redis of its own and can be killed.
private final class Host {
  let process: WatchedProcess

  init(directory: String, loop: Loop) throws {
    // It stands beside the program that runs the tests.
    let own = try #require(realpath("/proc/self/exe", nil))
    defer { free(own) }
    let folder = String(cString: own).split(separator: "/").dropLast().joined(separator: "/")
    process = try WatchedProcess(
      path: "/\(folder)/EmbeddedRedisHost", arguments: [directory], output: STDERR_FILENO,
      heirloom: STDERR_FILENO, on: loop
    ) { _ in }
  }
}
