import TestSupport
import Testing

extension WholeProgram {
  /// A person's whole way, and every way beside it.
  @Suite("from the first join to the end of the session, whichever Redis keeps it")
  struct LifeTests {
    private static let flags = ["--ready-ttl", "2s", "--presence-head-ttl", "4s"]

    @Test("waiting, called, a no-show, called again, inside, ended", arguments: RedisKind.all)
    func life(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind, flags: Self.flags)
      let gateway = fixture.gateway()
      try limit(fixture, ["burst": "1", "rate": "0.001"])
      let (a, b, c) = try threePeople(gateway)

      // A is called and does not enter; the next is called in A's place, and A waits on.
      #expect(try gateway.status(of: a).flag("ready_for_entry"))
      try eventually("the next is called") {
        _ = try gateway.status(of: a)
        return try gateway.status(of: b).text("status") == "ready"
      }
      let passed = try gateway.status(of: a)
      #expect(try passed.text("status") == "waiting")
      #expect(try passed.integer("position") == 1)

      let session = try inside(b, gateway)
      #expect(try gateway.end(session).status == 200)
      #expect(try gateway.verify(session: session).text("reason") == "ended")
      #expect(try gateway.join("show", as: "B").status == 202)

      // C is silent, is parked, and comes back to the same place.
      try eventually("C is parked") {
        _ = try gateway.status(of: a)
        return try fixture.usher.metric("usher_queue_parked_total") ?? 0 >= 1
      }
      #expect(try gateway.position(of: c) == 2)
      #expect(try gateway.leave(with: c).status == 200)

      // A asks, which takes some time, and gets in.
      #expect(try gateway.enter(with: a).errorCode == "NOT_READY")
      try limit(fixture, ["burst": "2", "rate": "100"])
      try eventually("A is called again") {
        try gateway.status(of: a).text("status") == "ready"
      }
      _ = try inside(a, gateway)
      try check(fixture.store)
    }

    private func limit(_ fixture: UsherFixture, _ fields: [String: String]) throws {
      let words = fields.flatMap { [$0, $1] }
      try fixture.store.send(["HSET", "queue:state:{show}"] + words)
    }

    private func threePeople(_ gateway: Gateway) throws -> (String, String, String) {
      let first = try gateway.join("show", as: "A")
      #expect(try first.text("status") == "ready")
      #expect(try (1...2).contains(first.integer("enter_within_sec")))
      let others = try ["B", "C"].map { try gateway.token(joining: "show", as: $0) }
      return (try first.text("waiting_token"), others[0], others[1])
    }

    /// A person goes in, and stays: the session.
    private func inside(_ token: String, _ gateway: Gateway) throws -> String {
      let session = try gateway.session(of: gateway.grant(entering: token))
      #expect(try gateway.verify(session: session, for: "show").flag("valid"))
      let renewed = try gateway.renew(session)
      #expect(renewed.status == 200)
      let status = try gateway.status(of: token)
      #expect(status.errorCode == "ALREADY_ADMITTED")
      #expect(try status.flag("inside"))
      return try renewed.text("session_token")
    }

    private func check(_ store: any RedisStore) throws {
      let trail = try AuditTrail(of: "show", in: store)
      func way(_ user: String) -> [String] {
        trail.entries.filter { $0.user == user }.map(\.operation)
      }
      #expect(way("A") == ["join", "call", "no_show", "call", "enter", "session"])
      #expect(way("B").prefix(6) == ["join", "call", "enter", "session", "end", "join"])
      #expect(way("C").prefix(2) == ["join", "park"])
      #expect(trail.overtaking(burst: 2, rate: 100) == [])
    }
  }
}
