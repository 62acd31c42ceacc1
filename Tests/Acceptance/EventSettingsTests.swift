import TestSupport
import Testing

extension WholeProgram {
  @Suite("an event's own settings")
  struct EventSettingsTests {
    private func set(_ fixture: UsherFixture, _ field: String, _ value: String) throws {
      try fixture.store.send("HSET", "queue:state:{show}", field, value)
    }

    @Test(
      "while an event is paused people join and wait, and none enters",
      arguments: RedisKind.all)
    func paused(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind)
      let gateway = fixture.gateway()
      let a = try gateway.token(joining: "show", as: "A")
      try set(fixture, "state", "paused")
      let denied = try gateway.enter(with: a)
      #expect(denied.status == 403)
      #expect(denied.errorCode == "PAUSED")
      #expect(try denied.integer("position") == 1)
      #expect((58...60).contains(try denied.integer("enter_within_sec")))
      let b = try gateway.token(joining: "show", as: "B")
      #expect(try gateway.position(of: b) == 2)
      // What a status says of the bucket may be a second old.
      try eventually("the status says so") {
        try gateway.status(of: a).flag("ready_for_entry") == false
      }
      try set(fixture, "state", "open")
      // The bucket begins empty.
      for token in [a, b] {
        try eventually("they go in") { try gateway.enter(with: token).status == 200 }
      }
    }

    @Test(
      "once an event is closed no one joins, and those in line go in",
      arguments: RedisKind.all)
    func closed(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind)
      let gateway = fixture.gateway()
      let a = try gateway.token(joining: "show", as: "A")
      try set(fixture, "state", "closed")
      let refused = try gateway.join("show", as: "B")
      #expect(refused.status == 403)
      #expect(refused.errorCode == "QUEUE_CLOSED")
      #expect(try fixture.line(at: "show") == ["A"])
      #expect(try gateway.join("show", as: "A").text("waiting_token") == a)
      #expect(try gateway.position(of: a) == 1)
      #expect(try gateway.enter(with: a).status == 200)
      // An event that was closed before the first person came.
      try fixture.store.send("HSET", "queue:state:{over}", "state", "closed")
      #expect(try gateway.join("over").errorCode == "QUEUE_CLOSED")
      try set(fixture, "state", "open")
      #expect(try gateway.join("show", as: "B").status == 202)
    }

    @Test(
      "its burst and rate hold for it alone, and from the moment when they are set",
      arguments: RedisKind.all)
    func pace(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(
        redis: kind, flags: ["--admission-burst", "2", "--admission-rate", "0.001"])
      let gateway = fixture.gateway()
      try set(fixture, "burst", "1")
      let people = try (0..<3).map { try gateway.token(joining: "show", as: "\($0)") }
      let others = try (0..<2).map { try gateway.token(joining: "other", as: "\($0)") }
      #expect(try gateway.enter(with: people[0]).status == 200)
      #expect(try gateway.enter(with: people[1]).errorCode == "NOT_READY")
      for other in others { #expect(try gateway.enter(with: other).status == 200) }

      try set(fixture, "rate", "50")
      try eventually("the bucket fills faster") { try gateway.enter(with: people[1]).status == 200 }
      try eventually("and again") { try gateway.enter(with: people[2]).status == 200 }
    }

    @Test("a line that is full takes no one until a person goes", arguments: RedisKind.all)
    func full(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind, flags: ["--queue-limit", "2"])
      let gateway = fixture.gateway()
      let a = try gateway.token(joining: "show", as: "A")
      let b = try gateway.token(joining: "show", as: "B")
      #expect(try gateway.join("show", as: "C").errorCode == "QUEUE_FULL")
      #expect(try gateway.join("show", as: "B").status == 409)
      #expect(try gateway.join("other", as: "C").status == 202)
      #expect(try gateway.enter(with: a).status == 200)
      #expect(try gateway.join("show", as: "C").status == 202)
      #expect(try gateway.join("show", as: "D").errorCode == "QUEUE_FULL")
      #expect(try gateway.leave(with: b).status == 200)
      #expect(try gateway.join("show", as: "D").status == 202)
    }

    @Test(
      "whatever an operator writes into them, usher goes on answering",
      arguments: ["rate", "burst"],
      [
        "0", "-1", "1e-300", "1e30", "1e308", "inf", "-inf", "nan", "", "ten", "0x10", " 5",
        "99999999999999999999",
      ])
    func absurd(_ field: String, _ value: String) throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--admission-burst", "1", "--admission-rate", "0.01"])
      let gateway = fixture.gateway()
      try set(fixture, field, value)
      let tokens = try (0..<3).map { try gateway.token(joining: "show", as: "\($0)") }
      for token in tokens {
        let standing = try gateway.status(of: token)
        #expect(standing.status == 200)
        if try standing.members()["eta_sec"] == .null {
          #expect(["paused", "stopped"].contains(try standing.text("eta_reason")))
        } else {
          #expect((0...30 * 24 * 3600).contains(try standing.integer("eta_sec")))
        }
        #expect([200, 403].contains(try gateway.enter(with: token).status))
      }
      #expect(fixture.usher.status == nil)
      // What was written is all that has to be put right.
      try set(fixture, "burst", "3")
      try set(fixture, "rate", "1000")
      for token in tokens {
        try eventually("all go in") { try gateway.enter(with: token).status == 200 }
      }
    }
  }
}
