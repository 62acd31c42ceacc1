import TestSupport
import Testing

extension WholeProgram {
  @Suite("keys")
  struct KeysTests {
    private static let events =
      ["A.b_c-9", "0"].map { ($0, RedisKind.standalone) } + RedisKind.all.map { ("show", $0) }

    @Test("all keys of an event share one cluster slot", arguments: events)
    func slots(_ event: String, _ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind, flags: EveryOperation.flags)
      try EveryOperation.run(at: event, in: fixture)
      let all = try fixture.store.keys("*")
      let epochs = all.filter { $0.hasPrefix("queue:epoch:{") }
      #expect(!epochs.isEmpty)
      let keys = all.filter { !epochs.contains($0) }
      #expect(
        Set(keys) == [
          "queue:event:{\(event)}", "queue:seen:{\(event)}", "queue:done:{\(event)}",
          "queue:state:{\(event)}", "stream:event:{\(event)}", "queue:grants:{\(event)}",
          "queue:events", "queue:secret",
        ])
      // Only a cluster's node knows slots.
      let node = try RedisServer(["--cluster-enabled", "yes"]).connect()
      let ofEvent = keys.filter { $0.contains("{") }
      let slots = try ofEvent.map { try node.send("CLUSTER", "KEYSLOT", $0).integer }
      #expect(Set(slots).count == 1)
      #expect(slots[0] == (try node.send("CLUSTER", "KEYSLOT", event).integer))
    }

    @Test("no key of an event stays for ever", arguments: RedisKind.all)
    func expiry(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(
        redis: kind, flags: EveryOperation.flags + ["--event-ttl", "7h"])
      try EveryOperation.run(at: "show", in: fixture)
      for key in try fixture.store.keys("*{show}") {
        let left = try #require(try fixture.store.send("TTL", key).integer)
        #expect((25_000...25_200).contains(left), "\(key)")
      }
    }
  }
}
