import TestSupport
import Testing

extension WholeProgram {
  @Suite("keys")
  struct KeysTests {
    @Test("all keys of an event share one cluster slot", arguments: ["show", "A.b_c-9", "0"])
    func slots(_ event: String) throws {
      let venue = try Venue(Scenario.flags)
      try Scenario(venue: venue, event: event).run()
      let keys = try venue.redis.send("KEYS", "*").texts
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

    @Test("no key of an event stays for ever")
    func expiry() throws {
      let venue = try Venue(Scenario.flags + ["--event-ttl", "7h"])
      try Scenario(venue: venue, event: "show").run()
      for key in try venue.redis.send("KEYS", "*{show}").texts {
        let left = try #require(try venue.redis.send("TTL", key).integer)
        #expect((25_000...25_200).contains(left), "\(key)")
      }
    }
  }
}
