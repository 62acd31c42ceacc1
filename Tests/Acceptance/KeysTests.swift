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
      // Each is in line or parked, called, inside or none of these.
      let states = [
        "event", "seen", "parked", "places", "ready", "calls", "noshows", "ahead", "inside",
      ]
      let people = states.map { "queue:\($0):{\(event)}" }
      #expect(
        Set(keys).union(people) == [
          "queue:event:{\(event)}", "queue:seen:{\(event)}", "queue:done:{\(event)}",
          "queue:parked:{\(event)}", "queue:places:{\(event)}", "queue:state:{\(event)}",
          "stream:event:{\(event)}", "queue:grants:{\(event)}", "queue:ended:{\(event)}",
          "queue:events", "queue:secrets",
          "queue:ready:{\(event)}", "queue:calls:{\(event)}", "queue:noshows:{\(event)}",
          "queue:ahead:{\(event)}", "queue:inside:{\(event)}",
        ])
      // Only a cluster's node knows slots.
      let node = try RedisServer(["--cluster-enabled", "yes"]).connect()
      let ofEvent = keys.filter { $0.contains("{") }
      let slots = try ofEvent.map { try node.send("CLUSTER", "KEYSLOT", $0).integer }
      #expect(Set(slots).count == 1)
      #expect(slots[0] == (try node.send("CLUSTER", "KEYSLOT", event).integer))
    }

    @Test("with prefixes, two ushers on one Redis have no key in common")
    func prefixes() throws {
      let redis = try RedisServer()
      // The user may touch these keys and no others, so a key without the prefix would be refused.
      let login = ["ACL", "SETUSER", "default", "resetkeys"]
      let prefixes = ["shop-1:", "shop-2:"]
      let shops = try prefixes.map { prefix in
        try UsherFixture.sellingSeats(
          redis: .server(redis), flags: EveryOperation.flags + ["--redis-key-prefix", prefix])
      }
      try redis.send(login + ["~shop-1:*", "~shop-2:*"])
      for (shop, prefix) in zip(shops, prefixes) { try sell(at: "show", in: shop, prefix) }
      try redis.send(login + ["~*"])
      let keys = try redis.keys("*")
      let names = prefixes.map { prefix in
        Set(keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) })
      }
      let event = [
        "queue:state", "queue:done", "stream:event", "seat:status", "seat:sold", "inventory",
        "stock:left", "stock:taken", "stream:stock",
      ].map { "\($0):{show}" }
      // A line of which all were parked has no other key.
      let lasting = Set((event + ["queue:events", "seat:events"]).map { $0[...] })
      for names in names { #expect(names.isSuperset(of: lasting), "\(keys)") }
      #expect(names[0].count + names[1].count == keys.count, "\(keys)")
      // Had they one line, this person would have a place already.
      #expect(try shops[0].gateway().join("other", as: "A").integer("position_hint") == 1)
      #expect(try shops[1].gateway().join("other", as: "B").integer("position_hint") == 1)
      #expect(try shops[1].gateway().join("other", as: "A").status == 202)
    }

    /// Every operation of the queue, seats and stock.
    private func sell(at event: String, in fixture: UsherFixture, _ prefix: String) throws {
      try EveryOperation.run(at: event, in: fixture, keyPrefix: prefix)
      try fixture.putSeats(["A-1", "A-2"], at: event)
      try fixture.putStock("coupon", 2, at: event)
      let gateway = fixture.gateway()
      let hold = try gateway.hold(["A-1"], as: "Z", at: event).text("hold_id")
      #expect(try gateway.confirm(hold).status == 200)
      #expect(
        try gateway.take("coupon", grant: UsherFixture.grant("Z", at: event), at: event).status
          == 201)
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
