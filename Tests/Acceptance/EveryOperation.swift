import TestSupport
import Testing

/// Every operation and every outcome of it at one event, from the first join to the return of a person
/// who was parked. usher must have been started with ``flags`` (and `--redis-key-prefix`, if there is one)
/// and have parked no one yet.
enum EveryOperation {
  static let flags = ["--presence-head-ttl", "3s"]

  static func run(
    at event: String, in fixture: UsherFixture, keyPrefix: String = ""
  ) throws {
    let gateway = fixture.gateway()
    // Two may go in, and no one after them.
    let state = "\(keyPrefix)queue:state:{\(event)}"
    try fixture.store.send("HSET", state, "burst", "2", "rate", "0.001")
    let a = try gateway.token(joining: event, as: "A")
    let b = try gateway.token(joining: event, as: "B")
    let c = try gateway.token(joining: event, as: "C")
    let d = try gateway.token(joining: event)
    #expect(try gateway.join(event, as: "C").status == 409)
    #expect(try gateway.position(of: d) == 4)

    let grant = try gateway.grant(entering: a)
    #expect(try gateway.grant(entering: a) == grant)
    #expect(try gateway.verify(grant).flag("valid"))
    let session = try gateway.session(of: grant)
    #expect(try gateway.startSession(with: grant).text("session_token") == session)
    #expect(try gateway.renew(session).status == 200)
    #expect(try gateway.verify(session: session).flag("valid"))
    #expect(try gateway.end(session).status == 200)
    #expect(try gateway.end(session).status == 200)
    #expect(try gateway.verify(session: session).text("reason") == "ended")
    #expect(try gateway.enter(with: c).errorCode == "NOT_READY")
    #expect(try gateway.status(of: a).errorCode == "ALREADY_ADMITTED")
    #expect(try gateway.leave(with: a).errorCode == "ALREADY_ADMITTED")

    #expect(try gateway.leave(with: c).status == 200)
    #expect(try gateway.leave(with: c).status == 200)
    #expect(try gateway.status(of: c).errorCode == "ALREADY_LEFT")
    #expect(try gateway.enter(with: c).errorCode == "ALREADY_LEFT")

    // The last is silent, would be called next, and is parked; then that person comes back.
    try eventually("the last is parked") {
      try fixture.usher.metric("usher_queue_parked_total") ?? 0 >= 1
    }
    #expect(try gateway.position(of: b) == 1)
    #expect(try gateway.position(of: d) == 2)
  }
}
