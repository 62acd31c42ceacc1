import TestSupport
import Testing

extension WholeProgram {
  @Suite("creating events")
  struct EventCreationTests {
    @Test("no more events than may be; what an operator named is created all the same")
    func limit() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--max-events", "3"])
      let gateway = fixture.gateway()
      for event in ["a", "b", "c"] { #expect(try gateway.join(event, as: "A").status == 202) }
      try eventually("the back office has counted them") {
        try gateway.join("d\(Int.random(in: 0...99_999))", as: "A").status == 503
      }
      let refused = try gateway.join("d", as: "A")
      #expect(refused.errorCode == "TOO_MANY_EVENTS")
      #expect(refused.header("Retry-After") == "30")
      #expect(try gateway.join("a", as: "B").status == 202)
      try fixture.store.send("HSET", "queue:state:{sale}", "rate", "3")
      #expect(try gateway.join("sale", as: "A").status == 202)
    }

    @Test("where only operators create events, joining another is 404")
    func operators() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--event-creation", "operator"])
      let gateway = fixture.gateway()
      let refused = try gateway.join("invented", as: "A")
      #expect(refused.status == 404)
      #expect(refused.errorCode == "EVENT_NOT_FOUND")
      try fixture.store.send("HSET", "queue:state:{sale}", "state", "open")
      #expect(try gateway.join("sale", as: "A").status == 202)
      #expect(try fixture.store.send("EXISTS", "queue:state:{invented}") == .integer(0))
      #expect(
        try fixture.usher.metric(
          #"usher_queue_operations_total{operation="join",outcome="not_found"}"#) == 1)
    }
  }
}
