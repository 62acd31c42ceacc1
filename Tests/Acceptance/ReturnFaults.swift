import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Redis dies and is there again, with what it had on disk.
  @Suite("Redis returns", .tags(.fault))
  struct ReturnFaults {
    private static let kinds = ["killed", "loading", "ours"]

    @Test("from its death, from loading for long, as our own child: as after a freeze")
    func returns() throws {
      let reports = try parallel(Self.kinds.count) { number in
        switch Self.kinds[number] {
        case "killed": try Self.killed()
        case "loading": try Self.loading()
        default: try Self.ours()
        }
      }
      for report in reports { print(report.summary) }
      #expect(reports.flatMap { $0.broken() } == [])
    }

    private static func killed() throws -> FaultReport {
      let fixture = try UsherFixture(
        redis: .server(RedisServer(["--appendonly", "yes"])), flags: ["--fronts", "2"])
      return try FaultReport(
        "killed with AOF", fixture.usher, redis: fixture.server.socket, startsAnew: true
      ) {
        try fixture.server.kill(SIGKILL)
        sleep(3)
        try fixture.server.restart()
      }
    }

    /// With 15,000 keys that take 0.2 ms each, Redis says LOADING for some seconds.
    private static func loading() throws -> FaultReport {
      let redis = try RedisServer([
        "--appendonly", "yes", "--enable-debug-command", "local", "--key-load-delay", "200",
        "--loading-process-events-interval-bytes", "1024",
      ])
      try redis.send("DEBUG", "POPULATE", "15000", "filler", "64")
      let fixture = try UsherFixture(redis: .server(redis), flags: ["--fronts", "2"])
      // The keys that were made so come to the disk only with a rewrite.
      try redis.send("BGREWRITEAOF")
      try eventually("all is on disk") {
        let text = try redis.send("INFO", "persistence").text ?? ""
        return text.contains("aof_rewrite_in_progress:0")
          && text.contains("aof_last_bgrewrite_status:ok")
          && text.contains("aof_rewrite_scheduled:0")
      }
      return try FaultReport(
        "restarted with much to load", fixture.usher, redis: redis.socket, startsAnew: true
      ) {
        try redis.kill(SIGKILL)
        let began = ContinuousClock.now
        try redis.restart()
        guard .now - began > .seconds(2) else { throw TestFailure("it had nothing to load") }
      }
    }

    private static func ours() throws -> FaultReport {
      let directory = try TemporaryDirectory()
      let data = directory.path(of: "data")
      let usher = try UsherProcess(["--fronts", "2", "--data-dir", data])
      let socket = LocalAddress.unix(path: "\(data)/redis.sock")
      return try FaultReport("our own killed", usher, redis: socket, startsAnew: true) {
        let line = try usher.awaitLogLine { $0.contains("redis-server started") }
        guard case .integer(let pid)? = try LogEntry(line).members["pid"] else {
          throw TestFailure("no pid: \(line)")
        }
        kill(pid_t(pid), SIGKILL)
        try eventually("usher has started another") {
          (try? RedisConnection(socket, timeout: .seconds(1)).send("PING")) == .status("PONG")
            && usher.logLines.count { $0.contains("redis-server started") } == 2
        }
      }
    }
  }
}
