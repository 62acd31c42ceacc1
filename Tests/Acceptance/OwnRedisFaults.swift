import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// usher without `--redis-url`: it has a `redis-server` of its own.
  @Suite("its own redis-server", .tags(.fault))
  struct OwnRedisFaults {
    private let directory: TemporaryDirectory

    init() throws {
      directory = try TemporaryDirectory()
    }

    private func start() throws -> UsherProcess {
      try UsherProcess(["--data-dir", directory.path(of: "data")])
    }

    /// Three people at an event, and their tokens, in order.
    private func line(at usher: UsherProcess) throws -> [String] {
      let gateway = Gateway(usher)
      return try ["A", "B", "C"].map { try gateway.token(joining: "show", as: $0) }
    }

    /// Waits until all that Redis was told is in its file. While it syncs what came before it may have
    /// answered and not yet written, for as long as the disk takes.
    private func awaitWrites() throws {
      let redis = try RedisConnection(.unix(path: directory.path(of: "data/redis.sock")))
      try eventually("all is written") {
        let text = try redis.send("INFO", "persistence").text ?? ""
        return ["aof_buffer_length:0\r", "aof_pending_bio_fsync:0\r"].allSatisfy(text.contains)
      }
    }

    /// Where people stand. They ask again while Redis is away, as people do.
    private func positions(of tokens: [String], at usher: UsherProcess) throws -> [Int] {
      let gateway = Gateway(usher)
      return try tokens.map { token in
        var answer = try gateway.status(of: token)
        try eventually("Redis is there") {
          if answer.status == 503 { answer = try gateway.status(of: token) }
          return answer.status != 503
        }
        return try answer.integer("position")
      }
    }

    @Test("starts with it and stops with it; the places are there when it starts again")
    func restart() throws {
      var usher = try start()
      let tokens = try line(at: usher)
      let redis = try #require(try usher.redisPIDs().first)
      #expect(Self.runs(redis))
      #expect(try usher.terminate() == 0)
      #expect(!Self.runs(redis))

      usher = try start()
      // The last first: no person stands where they do because they asked first.
      #expect(try positions(of: tokens.reversed(), at: usher) == [3, 2, 1])
      #expect(try usher.metric("usher_queue_resumed_total") == 0)
      #expect(try usher.terminate() == 0)
    }

    @Test("starts it again when it dies, with all places, and is ready all the time")
    func redisKilled() throws {
      let usher = try start()
      let tokens = try line(at: usher)
      for deaths in 1...2 {
        let redis = try #require(try usher.redisPIDs().last)
        try awaitWrites()
        kill(redis, SIGKILL)
        try eventually("another one is started") { try usher.redisPIDs().count == deaths + 1 }
        #expect(try positions(of: tokens.reversed(), at: usher) == [3, 2, 1])
        #expect(try usher.admin().get("/readyz").status == 200)
      }
      #expect(try usher.metric("usher_queue_resumed_total") == 0)
      #expect(try usher.logEntries().count { $0.level == "error" } == 2)
    }

    @Test("takes it along when it is killed without a chance to stop it")
    func usherKilled() throws {
      var usher = try start()
      let tokens = try line(at: usher)
      let redis = try #require(try usher.redisPIDs().first)
      try usher.kill(SIGKILL)
      try eventually("redis-server is gone") { !Self.runs(redis) }

      usher = try start()
      #expect(try positions(of: tokens.reversed(), at: usher) == [3, 2, 1])
    }

    @Test("ends it also when it is halted and cannot stop by itself")
    func redisHalted() throws {
      let usher = try start()
      let redis = try #require(try usher.redisPIDs().first)
      kill(redis, SIGSTOP)
      #expect(try usher.terminate() == 0)
      #expect(!Self.runs(redis))
    }

    @Test("a second usher on the same directory is refused, and the first does not notice")
    func directoryInUse() throws {
      let usher = try start()
      let path = directory.path(of: "data")
      let (listen, admin) = (try LocalAddress.freePort(), try LocalAddress.freePort())
      let second = try UsherProcess.run([
        "serve", "--listen", "\(listen)", "--admin-listen", "\(admin)", "--data-dir", path,
      ])
      #expect(second.status == 2)
      #expect(
        second.errors == """
          usher: --data-dir: "\(path)" is in use by another usher, or by a redis-server that it \
          left behind (pid \(usher.pid)); it takes a directory of its own

          """)
      #expect(try Gateway(usher).join("show").status == 202)
    }

    @Test("only its user gets at its data, and it listens on no port")
    func privacy() throws {
      let usher = try start()
      let path = directory.path(of: "data")
      let files = [path, "\(path)/redis.sock"]
      for file in files {
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o700, "\(file)")
      }
      let redis = try RedisConnection(.unix(path: "\(path)/redis.sock"))
      #expect(
        try ["port", "maxmemory-policy", "appendonly"].map {
          try redis.send("CONFIG", "GET", $0).texts.last
        } == ["0", "noeviction", "yes"])
      #expect(try usher.metric("usher_ready") == 1)
    }

    /// Whether a process is there and not merely waiting for its parent to learn of its end.
    private static func runs(_ pid: pid_t) -> Bool {
      let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
      guard let stat, let nameEnd = stat.lastIndex(of: ")") else { return false }
      return !stat[nameEnd...].hasPrefix(") Z")
    }
  }
}

extension UsherProcess {
  /// The processes of the servers that it has started so far.
  fileprivate func redisPIDs() throws -> [pid_t] {
    try logEntries().filter { $0.message == "redis-server started" }.compactMap { entry in
      guard case .integer(let pid)? = entry.members["pid"] else { return nil }
      return pid_t(pid)
    }
  }
}
