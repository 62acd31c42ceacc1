import TestSupport
import Testing

extension WholeProgram {
  @Suite("keys")
  struct KeysTests {
    private static let events =
      ["A.b_c-9", "0"].map { ($0, Keeper.standalone) } + Keeper.all.map { ("show", $0) }

    @Test("all keys of an event share one cluster slot", arguments: events)
    func slots(_ event: String, _ keeper: Keeper) throws {
      let venue = try Site(Scenario.flags, on: keeper)
      try Scenario(venue: venue, event: event).run()
      let keys = try venue.redis.keys("*")
      #expect(
        Set(keys) == [
          "queue:event:{\(event)}", "queue:seen:{\(event)}", "queue:done:{\(event)}",
          "queue:state:{\(event)}", "stream:event:{\(event)}", "queue:events", "queue:secret",
        ])
      // Only a cluster's node knows slots.
      let node = try RedisServer(["--cluster-enabled", "yes"]).connect()
      let ofEvent = keys.filter { $0.contains("{") }
      let slots = try ofEvent.map { try node.send("CLUSTER", "KEYSLOT", $0).integer }
      #expect(Set(slots).count == 1)
      #expect(slots[0] == (try node.send("CLUSTER", "KEYSLOT", event).integer))
    }

    @Test("no key of an event stays for ever", arguments: Keeper.all)
    func expiry(_ keeper: Keeper) throws {
      let venue = try Site(Scenario.flags + ["--event-ttl", "7h"], on: keeper)
      try Scenario(venue: venue, event: "show").run()
      for key in try venue.redis.keys("*{show}") {
        let left = try #require(try venue.redis.send("TTL", key).integer)
        #expect((25_000...25_200).contains(left), "\(key)")
      }
    }
  }
}
