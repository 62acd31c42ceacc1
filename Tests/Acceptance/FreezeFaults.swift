import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Redis stands still, in the three ways in which it can, and goes on.
  @Suite("Redis freezes", .tags(.fault, .long))
  struct FreezeFaults {
    enum Freeze: String, CaseIterable, Sendable {
      case stop = "SIGSTOP"
      case sleep = "DEBUG SLEEP"
      case pause = "CLIENT PAUSE WRITE"
    }

    /// What happens at once, to a Redis each: in full each way for each length, and otherwise each way
    /// and each length once.
    private static let rounds: [[(freeze: Freeze, seconds: Int)]] = Selection.amount(
      normal: [[(.stop, 30), (.sleep, 5), (.pause, 15)]],
      long: Freeze.allCases.map { freeze in [5, 15, 30].map { (freeze, $0) } })

    @Test(
      "for 5, 15 and 30 s: no request takes 1 s, all is well 2 s after its return, and it is not stormed",
      arguments: rounds.indices)
    func freezes(_ round: Int) throws {
      let freezes = Self.rounds[round]
      let reports = try parallel(freezes.count) { number in
        let fixture = try UsherFixture(
          redis: .server(RedisServer(["--enable-debug-command", "local"])),
          flags: ["--fronts", "2"])
        let (freeze, seconds) = freezes[number]
        return try FaultReport(
          "\(freeze.rawValue) for \(seconds) s", fixture.usher, redis: fixture.server.socket
        ) { try Self.make(freeze, of: fixture.server, for: seconds) }
      }
      for report in reports { print(report.summary) }
      let broken = zip(freezes, reports).flatMap { $1.broken(readsGoOn: $0.freeze == .pause) }
      #expect(broken == [])
    }

    /// Hundreds of commands are under way then, and all of them are slow.
    @Test("for a moment: requests wait for it, and none is refused")
    func stall() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--fronts", "2", "--redis-timeout", "5s"])
      let traffic = Traffic(at: fixture.usher, people: 20, perSecond: 400)
      sleep(2)
      for _ in 1...3 {
        try fixture.server.kill(SIGSTOP)
        usleep(400_000)
        try fixture.server.kill(SIGCONT)
        sleep(1)
      }
      let answers = try traffic.stop()
      #expect(answers.count { $0.took > .milliseconds(300) } >= 10, "no request was delayed")
      #expect(answers.filter { !$0.isSuccess }.map(\.text) == [])
      let page = try MetricsPage(fixture.usher)
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
