import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Redis stands still, in the three ways in which it can, and goes on.
  @Suite("Redis freezes")
  struct FreezeFaults {
    enum Freeze: String, CaseIterable, Sendable {
      case stop = "SIGSTOP"
      case sleep = "DEBUG SLEEP"
      case pause = "CLIENT PAUSE WRITE"
    }

    @Test(
      "for 5, 15 and 30 s: nobody waits 1 s, all is well 2 s after its return, and it is not stormed",
      arguments: Freeze.allCases)
    func freezes(_ freeze: Freeze) throws {
      let lengths = [5, 15, 30]
      let reports = try parallel(lengths.count) { number in
        let venue = try Venue(
          ["--fronts", "2"], redis: RedisServer(["--enable-debug-command", "local"]))
        let seconds = lengths[number]
        return try FaultReport(
          "\(freeze.rawValue) for \(seconds) s", venue.usher, redis: venue.redis.socket
        ) { try Self.make(freeze, of: venue.redis, for: seconds) }
      }
      for report in reports { print(report.summary) }
      #expect(reports.flatMap { $0.broken(readsGoOn: freeze == .pause) } == [])
    }

    /// Hundreds of commands are under way then, and all of them are slow.
    @Test("for a moment: who asked waits for it, and nobody is kept away")
    func stall() throws {
      let venue = try Venue(["--fronts", "2", "--redis-timeout", "5s"])
      let traffic = Traffic(at: venue.usher, people: 20, perSecond: 400)
      sleep(2)
      for _ in 1...3 {
        try venue.redis.kill(SIGSTOP)
        usleep(400_000)
        try venue.redis.kill(SIGCONT)
        sleep(1)
      }
      let answers = try traffic.stop()
      #expect(answers.count { $0.took > .milliseconds(300) } >= 10, "nobody noticed")
      #expect(answers.filter { !$0.isSuccess }.map(\.text) == [])
      let page = try MetricsPage(venue.usher)
      #expect(try page.sum("usher_redis_circuit_transitions_total", ["state": "open"]) == 0)
    }

    /// Returns when Redis goes on.
    private static func make(_ freeze: Freeze, of redis: RedisServer, for seconds: Int) throws {
      let connection = try redis.connect(timeout: .seconds(60))
      switch freeze {
      case .stop:
        try redis.kill(SIGSTOP)
        Foundation.sleep(UInt32(seconds))
        try redis.kill(SIGCONT)
      case .sleep: try connection.send("DEBUG", "SLEEP", "\(seconds)")
      case .pause:
        try connection.send("CLIENT", "PAUSE", "\(seconds * 1000)", "WRITE")
        // It is held back until the pause is over.
        try connection.send("SET", "unpaused", "yes")
      }
    }
  }
}
