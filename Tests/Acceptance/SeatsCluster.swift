import Glibc
import Locking
import TestSupport
import Testing

extension WholeProgram {
  @Suite("seats in a cluster", .tags(.cluster))
  struct SeatsCluster {
    @Test("all keys of an event's seats and stock are in its slot, and none of them stays for ever")
    func slot() throws {
      let cluster = try RedisCluster()
      let fixture = try UsherFixture.sellingSeats(
        redis: .nodes(cluster), flags: ["--event-ttl", "7h"])
      try fixture.putSeats(["A-1", "A-2"])
      try fixture.putStock("coupon", 2)
      let gateway = fixture.gateway()
      let hold = try gateway.hold(["A-1"], as: "ann").text("hold_id")
      #expect(try gateway.confirm(hold).status == 200)
      _ = try gateway.hold(["A-2"], as: "bob")
      #expect(try gateway.take("coupon", as: "ann", grant: UsherFixture.grant("ann")).status == 201)
      let keys = try cluster.keys("*{show}")
      #expect(
        Set(keys) == [
          "seat:status:{show}", "seat:holds:{show}", "inventory:{show}", "seat:sold:{show}",
          "seat:order:{show}", "seat:people:{show}", "seat:served:{show}", "seat:state:{show}",
          "stock:total:{show}", "stock:left:{show}", "stock:taken:{show}", "stream:stock:{show}",
        ])
      let slot = try cluster.slot(of: "show")
      for key in keys {
        #expect(try cluster.slot(of: key) == slot, "\(key)")
        let left = try #require(try cluster.send("TTL", key).integer)
        #expect((25_000...25_200).contains(left), "\(key)")
      }
    }

    /// The slot goes to another master and back, while people hold, release and take all the time.
    @Test("no seat is lost and none sold twice while the event's slot moves")
    func resharding() throws {
      let cluster = try RedisCluster()
      let fixture = try UsherFixture.sellingSeats(
        redis: .nodes(cluster),
        flags: ["--hold-ttl", "2s", "--seats-per-person", "3", "--redis-timeout", "2s"])
      let seats = (1...20).map { "A-\($0)" }
      try fixture.putSeats(seats)
      try fixture.putStock("coupon", 50)
      let isOver = Lock(false)
      let sold = try parallel(5) { thread -> [String: String] in
        guard thread > 0 else {
          defer { isOver.withLock { $0 = true } }
          for _ in 0..<2 { try move("show", in: cluster) }
          return [:]
        }
        return try people(thread, fixture, seats) { isOver.withLock { $0 } }
      }
      let owners = sold.flatMap { $0 }
      #expect(owners.count > 0)
      #expect(Set(owners.map(\.key)).count == owners.count)
      try eventually("all holds have ended") {
        try SeatCensus("show", fixture.connectToSeats()).holds.isEmpty
      }
      let census = try SeatCensus("show", fixture.connectToSeats())
      #expect(census.fault(of: 20) == nil)
      for (seat, user) in owners {
        #expect(census.map[seat]?.hasSuffix(" \(user)") == true, "\(seat) of \(user)")
      }
      // All of it is where the slot is: nothing was left behind.
      let entries = try cluster.send("XRANGE", "stream:stock:{show}", "-", "+").elements ?? []
      let sales = entries.compactMap { $0.elements?.last?.texts }
      #expect(sales.count { $0.contains("take") } == 50)
      #expect(sales.count { $0.contains("confirm") } > 0)
    }

    /// Hands the event's slot to another master, key by key.
    private func move(_ event: String, in cluster: RedisCluster) throws {
      let slot = try cluster.slot(of: event)
      let source = try cluster.owner(of: event)
      guard let target = try cluster.masters().first(where: { $0.id != source.id }) else {
        throw TestFailure("one master")
      }
      usleep(300_000)
      try cluster.beginMigration(ofSlot: slot, from: source, to: target)
      for key in try source.server.connect().send("KEYS", "*{\(event)}").texts {
        usleep(10_000)
        try cluster.migrate([key], from: source, to: target)
      }
      try cluster.finishMigration(ofSlot: slot, from: source, to: target)
      usleep(300_000)
    }

    /// Holds, and buys sometimes; a request that failed is asked again. What was bought, by whom.
    private func people(
      _ thread: Int, _ fixture: UsherFixture, _ seats: [String], until isOver: () -> Bool
    ) throws -> [String: String] {
      let gateway = fixture.gateway()
      var bought: [String: String] = [:]
      var number = 0
      while !isOver() {
        number += 1
        let user = "p\(thread)-\(number)"
        _ = try gateway.take("coupon", as: user)
        let wanted = Array(seats.shuffled().prefix(2))
        let held = try gateway.hold(wanted, as: user)
        guard held.status == 201 else { continue }
        let hold = try held.text("hold_id")
        guard number % 50 == 5 else {
          _ = try gateway.release(hold)
          continue
        }
        var answer = try gateway.confirm(hold)
        while answer.status == 503 { answer = try gateway.confirm(hold) }
        if answer.status == 200 { for seat in wanted { bought[seat] = user } }
      }
      while try gateway.take("coupon", as: "rest \(thread) \(number)").errorCode != "SOLD_OUT" {
        number += 1
      }
      return bought
    }
  }
}
