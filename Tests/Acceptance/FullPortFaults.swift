import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Strangers that take every place there is, and each that comes free.
  @Suite("ports that strangers fill", .tags(.fault, .long))
  struct FullPortFaults {
    private static let half = "GET /livez HTTP/1.1\r\nHost: a\r\nX: "
    private static let length = Selection.amount(normal: Duration.seconds(15), long: .seconds(60))

    @Test(
      "2,000 halves of a header at each port, again and again, keep nobody from an answer in 1 s")
    func halves() throws {
      let usher = try UsherFixture(redis: .standalone, flags: ["--fronts", "2"]).usher
      let end = ContinuousClock.now + Self.length
      let answered = try parallel(4) { number in
        switch number {
        case 0: try Self.fill(usher.adminAddress, until: end)
        case 1: try Self.fill(usher.address, until: end)
        case 2:
          try Self.count(until: end) {
            try usher.admin(timeout: .seconds(1)).get("/livez").status == 200
          }
        default:
          try Self.count(until: end) {
            try usher.client(timeout: .seconds(1)).get("/api/v1/queue/status?token=a").status == 404
          }
        }
      }
      // The strangers came again, as their time was up.
      #expect(answered[0] > 2000)
      #expect(answered[2] > 50)
      #expect(answered[3] > 50)
    }

    /// Returns how many connections were opened.
    private static func fill(
      _ address: LocalAddress, until end: ContinuousClock.Instant
    ) throws -> Int {
      let swarm = Swarm(address)
      var missing = 2000
      while ContinuousClock.now < end {
        for _ in 0..<missing { try swarm.send(half, from: swarm.join()) }
        missing = 0
        try swarm.wait(.milliseconds(20)) { _, notice in
          if case .closed = notice { missing += 1 }
        }
      }
      return swarm.count
    }

    /// Asks on a new connection each time; returns how often there was an answer in time. Throws if the
    /// kubelet would give up: three times in a row there was none.
    private static func count(
      until end: ContinuousClock.Instant, _ isAnswered: () throws -> Bool
    ) throws -> Int {
      var count = 0
      var missed = 0
      while ContinuousClock.now < end {
        do {
          guard try isAnswered() else { throw TestFailure("another answer") }
          count += 1
          missed = 0
        } catch ClientError.timedOut {
          // A machine that stands still for a second keeps an answer from any server.
          missed += 1
          if missed == 3 { throw TestFailure("no answer in time, three times in a row") }
        }
        Thread.sleep(forTimeInterval: 0.02)
      }
      return count
    }
  }
}
