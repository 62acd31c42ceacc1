import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("everybody keeps their order when Redis loses", .tags(.fault, .long))
  struct StoreLossFaults {
    private static let people = Selection.amount(normal: 400, long: 10_000)
    private static let secret = "the secret of those who lose"
    private static let flags = [
      "--rebuild-window", "21s", "--admission-burst", "5", "--admission-rate", "1",
      "--presence-ttl", "10m", "--presence-head-ttl", "10m", "--redis-timeout", "5s",
      "--fronts", "2", "--breaker-open", "100ms",
    ]

    private func usher(_ redis: RedisKind) throws -> UsherFixture {
      try UsherFixture(redis: redis, flags: Self.flags, secret: Self.secret)
    }

    /// A sidecar that starts now, and has never seen anything.
    private func newcomer(
      beside fixture: UsherFixture, grace: String = "2s"
    ) throws -> UsherFixture {
      try fixture.another(flags: Self.flags + ["--store-grace", grace], secret: Self.secret)
    }

    /// Newcomers through each of these, who try to enter at once, and then all who waited: nobody is
    /// let in, and everybody stands where they stood.
    private func expectOrder(
      _ crowd: WaitingCrowd, ghosts: [String] = [], through fixtures: [UsherFixture]
    ) throws -> WaitingCrowd {
      var crowd = crowd
      for (number, fixture) in fixtures.enumerated() {
        let before = crowd.order.count
        try crowd.join(10, as: "new\(number)", through: fixture)
        let new = Array(crowd.order[before...])
        #expect(new.count == 10)
        #expect(try crowd.areLetIn(new, through: fixture) == [])
      }
      let last = try #require(crowd.order.last)
      #expect(try crowd.areLetIn([last], through: fixtures[0]) == [])
      // The sidecars in turn.
      #expect(try crowd.poll(through: fixtures[0]) == [])
      #expect(try crowd.poll(through: fixtures[fixtures.count - 1]) == [])
      #expect(try fixtures[0].line(at: "show").filter { !ghosts.contains($0) } == crowd.order)
      return crowd
    }

    /// When the window is over, the first is the first who is let in.
    private func expectFirst(_ crowd: WaitingCrowd, through fixture: UsherFixture) throws {
      let others = [crowd.order[5], crowd.order[6], crowd.order[crowd.order.count - 1]]
      try eventually("the first is let in", within: .seconds(60)) {
        #expect(try crowd.areLetIn(others, through: fixture) == [])
        usleep(50_000)
        return try crowd.areLetIn([crowd.order[0]], through: fixture) == [crowd.order[0]]
      }
    }

    private func losses(_ fixture: UsherFixture, _ kind: String) throws -> Double {
      try MetricsPage(fixture.usher).sum("usher_store_losses_total", ["kind": kind])
    }

    @Test("everything, and newcomers come to a sidecar that never saw the event")
    func everything() throws {
      let first = try usher(.standalone)
      var crowd = WaitingCrowd()
      try crowd.join(Self.people, as: "old", through: first)
      try crowd.enterFirst(5, through: first)
      try first.server.send("FLUSHALL")
      let second = try newcomer(beside: first)
      let all = try expectOrder(crowd, through: [second, first])
      try expectFirst(all, through: second)
      // What is found out first: that the epoch is missing, or that the event is behind.
      #expect(
        try ["epoch", "ticks"].contains {
          try losses(first, $0) + losses(second, $0) >= 1
        })
    }

    @Test("what it got since its last dump")
    func olderDump() throws {
      let server = try RedisServer()
      let first = try usher(.server(server))
      let second = try usher(.server(server))
      var crowd = WaitingCrowd()
      try crowd.join(Self.people / 2, as: "old", through: first)
      try keepDump(of: server)
      try crowd.join(Self.people / 2, as: "late", through: first)
      let admitted = Array(crowd.order.prefix(5))
      try crowd.enterFirst(5, through: first)
      try restartFromDump(server)
      try awaitService(first)
      let third = try newcomer(beside: first)
      // Those who went in after the dump stand in it, and do not poll.
      let all = try expectOrder(crowd, ghosts: admitted, through: [first, second, third])
      #expect(try losses(first, "ticks") + losses(second, "ticks") >= 1)
      for person in admitted { try server.send("ZREM", "queue:event:{show}", person) }
      try expectFirst(all, through: third)
    }

    @Test("what it got since its last dump, and a newcomer comes before anyone who knows")
    func newcomerBeforeKnower() throws {
      let server = try RedisServer()
      let first = try usher(.server(server))
      var early = WaitingCrowd()
      try early.join(1, as: "early", through: first)
      try early.enterFirst(1, through: first)
      // The dump's bucket covers five people, no one waits there, and the event is not new.
      usleep(2_100_000)
      try keepDump(of: server)
      var crowd = WaitingCrowd()
      try crowd.join(Self.people / 2, as: "late", through: first)
      try first.usher.kill(SIGSTOP)
      try restartFromDump(server)
      let second = try newcomer(beside: first, grace: "30s")
      try crowd.join(5, as: "quick", through: second)
      #expect(try crowd.areLetIn(crowd.order.suffix(5), through: second) == [])
      // Of an event that is new, nobody else knows more.
      let gateway = second.gateway()
      let token = try gateway.token(joining: "elsewhere", as: "A")
      #expect(try gateway.enter(with: token).status == 200)
      try first.usher.kill(SIGCONT)
      try eventually("those who know have spoken", within: .seconds(20)) {
        try losses(first, "ticks") >= 1
      }
      let all = try expectOrder(crowd, through: [second, first])
      try expectFirst(all, through: first)
    }

    private func keepDump(of server: RedisServer) throws {
      try server.send("SAVE")
      let dump = server.directory.path(of: "dump.rdb")
      try FileManager.default.copyItem(atPath: dump, toPath: dump + ".kept")
    }

    /// Redis dies, and comes back as it was when the dump was kept.
    private func restartFromDump(_ server: RedisServer) throws {
      let dump = server.directory.path(of: "dump.rdb")
      try server.kill(SIGKILL)
      try? FileManager.default.removeItem(atPath: dump)
      try FileManager.default.moveItem(atPath: dump + ".kept", toPath: dump)
      try server.restart()
    }

    @Test("what the replica had not got yet that was promoted")
    func laggingReplica() throws {
      let sentinels = try RedisSentinels()
      let first = try UsherFixture(
        redis: .sentinels(sentinels), flags: Self.flags, secret: Self.secret)
      var crowd = WaitingCrowd()
      try crowd.join(Self.people / 2, as: "old", through: first)
      let master = try #require(try sentinels.master())
      let replica = try #require(sentinels.servers.first { $0 !== master })
      try eventually("the replica has them") {
        try replica.send("ZCARD", "queue:event:{show}").integer == Int64(Self.people / 2)
      }
      // From now on its master refuses it.
      try replica.send("CONFIG", "SET", "masterauth", "a password that nobody set")
      try master.send("CLIENT", "KILL", "TYPE", "replica")
      try crowd.join(Self.people / 2, as: "late", through: first)
      let admitted = Array(crowd.order.prefix(5))
      try crowd.enterFirst(5, through: first)
      usleep(2_000_000)
      #expect(try replica.send("ZCARD", "queue:event:{show}").integer == Int64(Self.people / 2))
      try master.kill(SIGKILL)
      try eventually("the replica is promoted", within: .seconds(30)) {
        (try? replica.send("SET", "probe", "1")) == .status("OK")
      }
      try awaitService(first)
      let second = try newcomer(beside: first)
      let all = try expectOrder(crowd, ghosts: admitted, through: [second, first])
      for person in admitted { try replica.send("ZREM", "queue:event:{show}", person) }
      try expectFirst(all, through: second)
    }

    /// Waits until usher reaches the Redis that is there now.
    private func awaitService(_ fixture: UsherFixture) throws {
      let gateway = fixture.gateway()
      try eventually("usher reaches it", within: .seconds(30)) {
        try gateway.join("elsewhere", as: "A").status != 503
      }
    }
  }
}
