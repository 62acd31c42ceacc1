import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Redis answers, and refuses to work.
  @Suite("Redis refuses", .tags(.fault))
  struct TroubleFaults {
    /// One thing that Redis can be made to refuse for, and how that ends.
    struct Trouble: Sendable, CustomTestStringConvertible {
      let code: String
      /// What the log must name.
      let advice: String
      let make: @Sendable (RedisServer) throws -> Void
      let mend: @Sendable (RedisServer) throws -> Void

      var testDescription: String { code }
    }

    private static let troubles = [
      Trouble(
        code: "OOM", advice: "maxmemory",
        make: { try $0.send("CONFIG", "SET", "maxmemory", "1") },
        mend: { try $0.send("CONFIG", "SET", "maxmemory", "0") }),
      Trouble(
        code: "READONLY", advice: "replica",
        make: { try $0.send("REPLICAOF", "127.0.0.1", "1") },
        mend: { try $0.send("REPLICAOF", "NO", "ONE") }),
      Trouble(
        code: "NOREPLICAS", advice: "min-replicas-to-write",
        make: { try $0.send("CONFIG", "SET", "min-replicas-to-write", "1") },
        mend: { try $0.send("CONFIG", "SET", "min-replicas-to-write", "0") }),
      Trouble(
        code: "NOPERM", advice: "deploy/redis/users.acl",
        make: { try $0.send("ACL", "SETUSER", "default", "-evalsha") },
        mend: { try $0.send("ACL", "SETUSER", "default", "+evalsha") }),
      Trouble(
        code: "MISCONF", advice: "snapshot",
        make: { redis in
          // What stands where the snapshot should go is a directory.
          let path = redis.directory.path(of: "dump.rdb")
          try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
          try redis.send("CONFIG", "SET", "save", "3600 1")
          try Self.save(redis, becomes: "err")
        },
        mend: { redis in
          try FileManager.default.removeItem(atPath: redis.directory.path(of: "dump.rdb"))
          try Self.save(redis, becomes: "ok")
        }),
    ]

    private static func save(_ redis: RedisServer, becomes status: String) throws {
      try redis.send("BGSAVE")
      try eventually("the snapshot is \(status)") {
        let text = try redis.send("INFO", "persistence").text ?? ""
        return text.contains("rdb_bgsave_in_progress:0")
          && text.contains("rdb_last_bgsave_status:\(status)")
      }
    }

    @Test(
      "it is a typed 503, places are told, and the log says once what to do and that it is over")
    func troubles() throws {
      let outcomes = try parallel(Self.troubles.count) { number in
        let trouble = Self.troubles[number]
        do { try Self.go(through: trouble) } catch { return "\(trouble.code): \(error)" }
        return ""
      }
      #expect(outcomes.filter { !$0.isEmpty } == [])
    }

    private static func go(through trouble: Trouble) throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--fronts", "1"])
      let gateway = fixture.gateway()
      let token = try gateway.token(joining: "show", as: "A")
      _ = try gateway.position(of: token)
      try trouble.make(fixture.server)
      for person in 0..<30 {
        let answer = try gateway.join("show", as: "B\(person)")
        try check(answer.status == 503, "status \(answer.status)")
        try check(answer.errorCode == "REDIS_UNAVAILABLE", answer.text)
        try check(answer.header("Retry-After") == "1", "no Retry-After")
        try check(!answer.text.contains("in time"), answer.text)
        try check(gateway.status(of: token).integer("position") == 1, "the place is not told")
      }
      let line = try fixture.usher.awaitLogLine { $0.contains(#""reason":"\#(trouble.code)""#) }
      let entry = try LogEntry(line)
      try check(entry.level == "warn", line)
      try check(entry.members["do"].map { "\($0)".contains(trouble.advice) } ?? false, line)

      try trouble.mend(fixture.server)
      try eventually("people can join again", within: .seconds(3)) {
        try gateway.join("show", as: "C").status == 202
      }
      _ = try fixture.usher.awaitLogLine(within: .seconds(20)) { $0.contains("no longer fail") }
      let lines = fixture.usher.logLines.filter { $0.contains(#""reason":"\#(trouble.code)""#) }
      try check(lines.count == 2, "\(lines)")
    }

    private static func check(_ condition: Bool, _ otherwise: String) throws {
      if !condition { throw TestFailure(otherwise) }
    }

    @Test("scripts that Redis forgets all the time are loaded again, and no client notices")
    func forgottenScripts() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--fronts", "2"])
      let traffic = Traffic(at: fixture.usher)
      for _ in 1...5 {
        sleep(1)
        try fixture.server.send("SCRIPT", "FLUSH")
      }
      let answers = try traffic.stop()
      #expect(answers.count > 300)
      #expect(answers.filter { !$0.isSuccess }.map(\.text) == [])
      let page = try MetricsPage(fixture.usher)
      #expect(try page.sum("usher_redis_script_reloads_total") >= 5)
      #expect(try fixture.usher.logEntries().filter { $0.level != "info" }.map(\.message) == [])
    }

    @Test("a wrong password is a typed 503, and the log names the setting; the right one is enough")
    func wrongPassword() throws {
      let redis = try RedisServer(["--requirepass", "the right one"])
      let fixture = try UsherFixture(
        redis: .server(redis), secret: "a secret of these tests",
        environment: ["USHER_REDIS_PASSWORD": "the other one"], readyWithin: nil)
      let usher = fixture.usher
      let line = try usher.awaitLogLine { $0.contains("cannot connect to Redis") }
      #expect(line.contains("WRONGPASS"))
      #expect(line.contains("--redis-password-file"))
      #expect(!line.contains("the other one"))
      let gateway = fixture.gateway()
      let answer = try gateway.join("show", as: "A")
      #expect(answer.status == 503)
      #expect(answer.errorCode == "REDIS_UNAVAILABLE")
      #expect(answer.header("Retry-After") != nil)
      // It goes on trying, and does not go on saying so.
      sleep(2)
      #expect(usher.logLines.count { $0.contains("cannot connect") } == 1)
      #expect(try usher.admin().get("/readyz").text.contains("WRONGPASS"))

      try redis.send("CONFIG", "SET", "requirepass", "the other one")
      try eventually("people can join") { try gateway.join("show", as: "A").status == 202 }
      _ = try usher.awaitLogLine { $0.contains(#""msg":"connected to Redis""#) }
    }
  }
}
