import Glibc
import TestSupport
import Testing

extension WholeProgram {
  @Suite("the absent", .tags(.fault))
  struct AbsenceFaults {
    @Test("100 people who were called and went silent keep their places, and delay no one for long")
    func silentHead() throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--admission-burst", "100", "--admission-rate", "0.001", "--presence-head-ttl", "2s",
          "--presence-ttl", "21s", "--ready-ttl", "4s",
        ])
      let gateway = fixture.gateway()
      let silent = try (0..<100).map { try gateway.token(joining: "show", as: "silent \($0)") }
      let awake = try (0..<5).map { try gateway.token(joining: "show", as: "awake \($0)") }
      #expect(try awake.map { try gateway.position(of: $0) } == Array(101...105))
      #expect(try gateway.enter(with: awake[0]).errorCode == "NOT_READY")

      try eventually("the first who is awake goes in", within: .seconds(15)) {
        for token in awake.dropFirst() { _ = try gateway.position(of: token) }
        return try gateway.enter(with: awake[0]).status == 200
      }
      try eventually("all who are silent are parked, and only they", within: .seconds(40)) {
        for token in awake.dropFirst() { _ = try gateway.position(of: token) }
        return try fixture.line(at: "show") == (1..<5).map { "awake \($0)" }
      }
      try eventually("100 were counted") {
        try fixture.usher.metric("usher_queue_parked_total") == 100
      }

      // One of them had only closed the lid. A no-show is called again after asking.
      let back = try gateway.status(of: silent[42])
      #expect(try back.integer("position") == 1)
      #expect(try back.flag("ready_for_entry") == false)
      #expect(try fixture.usher.metric("usher_queue_resumed_total") == 1)
      #expect(try gateway.position(of: awake[1]) == 2)
      // A person who had been further ahead is ahead again, also without having polled first.
      #expect(try gateway.enter(with: silent[7]).errorCode == "NOT_READY")
      #expect(try gateway.position(of: silent[42]) == 2)
      try eventually("both are called again", within: .seconds(40)) {
        for token in awake.dropFirst() { _ = try gateway.position(of: token) }
        return try [silent[42], silent[7]].map { try gateway.enter(with: $0).status } == [200, 200]
      }
      #expect(try gateway.position(of: awake[1]) == 1)
    }

    @Test("a silent person delays no one behind them, also at an event with few requests")
    func quietEvent() throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--fronts", "1", "--admission-burst", "1", "--admission-rate", "0.001",
          "--presence-head-ttl", "2s", "--ready-ttl", "3s",
        ])
      let gateway = fixture.gateway()
      // Each request comes when the front has nothing else to do, and finds its snapshot too old.
      func alone<Answer>(_ ask: () throws -> Answer) rethrows -> Answer {
        usleep(1_200_000)
        return try ask()
      }
      _ = try alone { try gateway.token(joining: "show", as: "silent") }
      let awake = try alone { try gateway.token(joining: "show", as: "awake") }
      try eventually("the call of the silent one has ended", within: .seconds(20)) {
        try alone { try gateway.enter(with: awake).status == 200 }
      }
      try eventually("the no-show is counted") {
        try MetricsPage(fixture.usher).sum("usher_queue_no_shows_total", ["event": "show"]) == 1
      }
    }

    @Test("far from the door one may be silent for longer, and is parked in the end")
    func silentTail() throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--admission-burst", "1", "--admission-rate", "0.001", "--presence-head-ttl", "2s",
          "--presence-ttl", "21s",
        ])
      let gateway = fixture.gateway()
      let first = try gateway.token(joining: "show", as: "A")
      let next = try gateway.token(joining: "show", as: "next")
      let silent = try gateway.token(joining: "show", as: "B")
      let last = try gateway.token(joining: "show", as: "C")
      let began = try fixture.time()
      try eventually("B is parked", within: .seconds(40)) {
        #expect(try gateway.position(of: first) == 1)
        _ = try gateway.position(of: next)
        _ = try gateway.position(of: last)
        return try !fixture.line(at: "show").contains("B")
      }
      #expect(try fixture.time() - began > 20_000_000)
      #expect(try gateway.position(of: first) == 1)
      #expect(try gateway.position(of: silent) == 3)
      #expect(try gateway.position(of: last) == 4)
    }

    @Test("no person is parked because Redis stood still for 8 s, in which no poll could be noted")
    func frozenRedis() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--presence-head-ttl", "7s"])
      let gateway = fixture.gateway()
      let tokens = try (0..<20).map { try gateway.token(joining: "show", as: "\($0)") }
      let line = try fixture.line(at: "show")
      let redis = try fixture.server.connect()
      func lastLook() throws -> Int64 {
        try redis.send("HGET", "queue:state:{show}", "parked_at").integer ?? 0
      }
      // What a front has still to write would be written the moment that Redis goes on.
      let joined = "\(try fixture.time() / 1000)"
      #expect(try tokens.map { try gateway.position(of: $0) } == Array(1...20))
      try eventually("Redis knows whatever usher knows, and usher looks for the absent") {
        try redis.send("ZCOUNT", "queue:seen:{show}", "(" + joined, "+inf").integer == 20
          && lastLook() > 0
      }

      try fixture.server.kill(SIGSTOP)
      let halted = ContinuousClock.now
      while ContinuousClock.now - halted < .seconds(8) {
        #expect(try gateway.status(of: tokens[0]).status == 503)
      }
      try fixture.server.kill(SIGCONT)

      // By the clock of Redis, all people have been silent for 8 s by now. The first look lets silence
      // begin anew, and no person polls here: usher must look again long before 7 s are over.
      let resumed = try fixture.time()
      try eventually("usher looks") { try lastLook() > resumed }
      let first = try lastLook()
      try eventually("usher looks again") { try lastLook() > first }
      #expect(try fixture.line(at: "show") == line)
      #expect(try fixture.usher.metric("usher_queue_parked_total") == 0)
      try eventually("usher trusts Redis again") {
        try gateway.status(of: tokens[0]).status == 200
      }
      #expect(try tokens.map { try gateway.position(of: $0) } == Array(1...20))
    }
  }
}
