import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("a master that sentinels watch over", .tags(.fault, .long))
  struct SentinelFaults {
    @Test("people are served within 2 s of the sentinels' own failover, at their old places")
    func follows() throws {
      let sentinels = try RedisSentinels()
      // No one polls while a server comes back.
      let fixture = try UsherFixture(
        redis: .sentinels(sentinels),
        flags: ["--presence-ttl", "10m", "--presence-head-ttl", "10m"])
      let gateway = fixture.gateway()
      let tokens = try ["A", "B"].map { try gateway.token(joining: "show", as: $0) }
      for round in 1...Selection.amount(normal: 1, long: 3) {
        let master = try #require(try sentinels.master())
        let successor = try #require(sentinels.servers.first { $0 !== master })
        func waiting() throws -> [RedisReply] {
          try [successor, master].map { try $0.send("ZCARD", "queue:event:{show}") }
        }
        try eventually("round \(round): the successor has all of it: \((try? waiting()) ?? [])") {
          try waiting()[0] == .integer(2)
        }
        try master.kill(SIGKILL)
        var takenOver: ContinuousClock.Instant?
        var refused = 0
        try eventually("people are served", within: .seconds(30)) {
          let accepts = (try? successor.send("SET", "probe", "1")) == .status("OK")
          if takenOver == nil, accepts, try sentinels.master() === successor {
            takenOver = .now
          }
          let answer = try gateway.join("show \(round)".replacing(" ", with: "-"), as: "C")
          if answer.status == 503 { refused += 1 }
          return [202, 409].contains(answer.status)
        }
        let delay = takenOver.map { ContinuousClock.now - $0 } ?? .zero
        print("sentinels: round \(round), \(refused) refused, served \(delay) after the failover")
        #expect(refused > 0)
        // Inquiries are up to 1.2 s apart, and the last may have come just before.
        #expect(delay < .seconds(2))
        #expect(try tokens.map { try gateway.position(of: $0) } == [1, 2])
        try master.restart()
        try sentinels.awaitWhole()
      }
    }
  }
}
