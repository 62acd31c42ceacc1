import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// All that a Redis, a sentinel or a cluster can send, at its bound and beyond: the table is
  /// `ReplyBound`.
  @Suite("numbers, lengths, names and counts beyond their bounds", .tags(.fault, .long))
  struct ReplyBoundFaults {
    @Test("of a cluster") func cluster() throws {
      let redis = try LyingRedis()
      try Self.walk(
        redis, url: "redis+cluster://127.0.0.1:\(redis.port)",
        [.clusterSlots, .info, .secret, .events, .command])
    }

    @Test("of sentinels and their master") func sentinels() throws {
      let redis = try LyingRedis()
      try Self.walk(
        redis, url: "redis+sentinel://127.0.0.1:\(redis.port)/shop", [.sentinelMaster, .role])
    }

    @Test("of one server") func single() throws {
      let redis = try LyingRedis()
      try Self.walk(redis, url: "redis://127.0.0.1:\(redis.port)", [.command, .info])
    }

    @Test("redirections to ever new names take a few threads, and no memory") func names() throws {
      let redis = try LyingRedis()
      redis.start()
      defer { redis.stop() }
      let usher = try UsherProcess([
        "--redis-url", "redis+cluster://127.0.0.1:\(redis.port)", "--fronts", "2",
      ])
      redis.tell(
        {
          let name = "n\(UInt64.random(in: 0 ... .max)).invalid"
          return Array("-MOVED 1 \(name):6379\r\n".utf8)
        }, to: .command)
      let end = ContinuousClock.now + Selection.amount(normal: .seconds(8), long: .seconds(60))
      _ = try parallel(4) { number in
        let http = usher.client(timeout: .seconds(10))
        var count = 0
        while ContinuousClock.now < end {
          count += 1
          let event = "show-\(number)-\(count)"
          let answer = try http.post("/api/v1/queue/join", json: ["event_id": event])
          guard answer.status == 503 else { throw TestFailure("\(answer.status) \(answer.text)") }
        }
      }
      try Self.judge(usher, "ever new names")
    }

    /// Says all that the table has for `questions`; then looks at usher, and stops it.
    private static func walk(
      _ redis: LyingRedis, url: String, _ questions: Set<ReplyBound.Question>
    ) throws {
      redis.start()
      defer { redis.stop() }
      let usher = try UsherProcess(["--redis-url", url, "--fronts", "2"])
      for bound in ReplyBound.all where questions.contains(bound.question) {
        for reply in [bound.within] + bound.beyond {
          let bytes = reply()
          redis.tell({ bytes }, to: bound.question)
          try hear(bound, redis, usher)
          if let status = usher.status { throw TestFailure("\(bound): usher ended with \(status)") }
        }
        redis.tell(nil, to: bound.question)
      }
      try judge(usher, url)
    }

    /// Looks at threads and memory, and stops usher.
    private static func judge(_ usher: UsherProcess, _ name: String) throws {
      let status = try String(contentsOfFile: "/proc/\(usher.pid)/status", encoding: .utf8)
      let threads = status.firstMatch(of: /Threads:\s+([0-9]+)/).flatMap { Int($0.1) }
      let memory = try usher.memory()
      print("\(name): \(memory.peak) KB at the most, \(threads ?? 0) threads")
      #expect(try #require(threads) <= 64)
      // A sanitizer keeps what was freed; and 500 servers that are watched, none of which answers, come to
      // some 18 MB of a debug build: half at once, for their series, and half by and by, for connecting.
      // A release build takes some 9 MB less.
      if !Patience.isSanitized { #expect(memory.peak <= 62 * 1024) }
      let askedAt = ContinuousClock.now
      #expect(try usher.terminate() == 0)
      let took = ContinuousClock.now - askedAt
      print("\(name): SIGTERM took \(took)")
      #expect(took < .seconds(2))
    }

    /// Returns when usher has heard the answer.
    private static func hear(
      _ bound: ReplyBound, _ redis: LyingRedis, _ usher: UsherProcess
    ) throws {
      let http = usher.client(timeout: .seconds(5))
      try eventually("\(bound): it is asked", within: .seconds(20)) {
        // These make usher ask what it would not ask by itself. What comes of them is not for here.
        if [.command, .clusterSlots].contains(bound.question) {
          _ = try http.post("/api/v1/queue/join", json: ["event_id": "show", "user_id": "A"])
        }
        return redis.told(bound.question) >= 1
      }
    }
  }
}
