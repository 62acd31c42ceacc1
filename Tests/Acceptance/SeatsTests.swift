import Foundation
import Queue
import Seats
import TestSupport
import Testing

extension WholeProgram {
  @Suite("seats")
  struct SeatsTests {
    private static let row = (1...10).map { "A-\($0)" }

    @Test("seats are held, given back and bought, and every answer may be asked for again")
    func life() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone)
      try fixture.putSeats(Self.row)
      let gateway = fixture.gateway()
      let held = try gateway.hold(["A-1", "A-2"], as: "ann")
      #expect(held.status == 201)
      #expect(try held.integer("remaining") == 8)
      #expect((59...60).contains(try held.integer("expires_in_sec")))
      let hold = try held.text("hold_id")
      let again = try gateway.hold(["A-2", "A-1"], as: "ann")
      #expect(again.status == 200)
      #expect(try again.text("hold_id") == hold)

      let refused = try gateway.hold(["A-2", "A-3"], as: "bob")
      #expect(refused.status == 409 && refused.errorCode == "SEAT_UNAVAILABLE")
      #expect(try refused.members()["seat_ids"] == .array([.string("A-2")]))
      let unknown = try gateway.hold(["A-3", "Z-1"], as: "bob")
      #expect(unknown.status == 404 && unknown.errorCode == "SEAT_NOT_FOUND")
      #expect(try unknown.members()["seat_ids"] == .array([.string("Z-1")]))

      for _ in 0..<2 { #expect(try gateway.release(hold).text("status") == "released") }
      #expect(try gateway.confirm(hold).status == 410)
      let bobs = try gateway.hold(["A-2", "A-3"], as: "bob").text("hold_id")
      for _ in 0..<2 {
        let bought = try gateway.confirm(bobs)
        #expect(bought.status == 200)
        #expect(try bought.members()["seat_ids"] == .array([.string("A-2"), .string("A-3")]))
      }
      let late = try gateway.release(bobs)
      #expect(late.status == 409 && late.errorCode == "ALREADY_CONFIRMED")
      #expect(try SeatCensus("show", fixture.connectToSeats()).fault(of: 10) == nil)
    }

    @Test("one of 100 simultaneous holds of a seat wins")
    func race() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone, flags: ["--fronts", "2"])
      try fixture.putSeats(Self.row)
      let answers = try parallel(100) { try fixture.gateway().hold(["A-1"], as: "person \($0)") }
      #expect(answers.count { $0.status == 201 } == 1)
      #expect(answers.count { $0.errorCode == "SEAT_UNAVAILABLE" } == 99)
      let census = try SeatCensus("show", fixture.connectToSeats())
      #expect(census.holds == ["A-1"])
      #expect(census.fault(of: 10) == nil)
    }

    @Test("a hold that its person forgets ends without a request, and its seats are counted")
    func ends() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone, flags: ["--hold-ttl", "1s"])
      try fixture.putSeats(Self.row)
      let hold = try fixture.gateway().hold(["A-1", "A-2"], as: "ann").text("hold_id")
      let redis = try fixture.connectToSeats()
      #expect(try SeatCensus("show", redis).holds == ["A-1", "A-2"])
      let began = ContinuousClock.now
      // Nothing but the back office looks after it now.
      try eventually("the seats are back") { try SeatCensus("show", redis).inventory == 10 }
      #expect(ContinuousClock.now - began < .seconds(3))
      #expect(try SeatCensus("show", redis).fault(of: 10) == nil)
      let answer = try fixture.gateway().confirm(hold)
      #expect(answer.status == 410 && answer.errorCode == "HOLD_EXPIRED")
      #expect(try SeatCensus("show", redis).inventory == 10)
      try eventually("it is counted") {
        let page = try MetricsPage(fixture.usher)
        return page.samples(of: "usher_seats").map(\.value) == [10, 0, 0]
          && page.samples(of: "usher_seat_operations_total")
            .contains { $0.labels["operation"] == "expire" && $0.value == 1 }
      }
    }

    @Test("each request is one script call, and polling an unchanged map one a second")
    func commands() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone)
      try fixture.putSeats(Self.row)
      try fixture.putStock("coupon", 5)
      let gateway = fixture.gateway()
      // Once, for Redis to know the scripts.
      let first = try gateway.hold(["A-9"], as: "first").text("hold_id")
      for end in [gateway.release, gateway.confirm] { _ = try end(first) }
      _ = try gateway.take("coupon", as: "first")
      let monitor = try fixture.connectToSeats().monitor()
      let swept = Set(["sweep", "park", "pulse"].map(sha1))
      func calls(_ body: () throws -> Void) throws -> Int {
        _ = try monitor.lines()
        try body()
        return try monitor.lines()
          .count { !$0.isFromScript && $0.name == "EVALSHA" && !swept.contains($0.arguments[0]) }
      }
      var hold = ""
      #expect(try calls { hold = try gateway.hold(["A-1"], as: "ann").text("hold_id") } == 1)
      #expect(try calls { _ = try gateway.hold(["A-1"], as: "bob") } == 1)
      #expect(try calls { _ = try gateway.release(hold) } == 1)
      hold = try gateway.hold(["A-1"], as: "ann").text("hold_id")
      #expect(try calls { _ = try gateway.confirm(hold) } == 1)
      #expect(try calls { _ = try gateway.take("coupon", as: "ann") } == 1)
      #expect(try calls { _ = try gateway.confirm("forged") } == 0)
      let tag = try gateway.seats().header("ETag")
      let began = ContinuousClock.now
      var statuses: [Int] = []
      let polls = try calls {
        for _ in 0..<200 { statuses.append(try gateway.seats(version: tag).status) }
      }
      #expect(statuses.allSatisfy { $0 == 304 })
      let seconds = Int((ContinuousClock.now - began).components.seconds)
      #expect(polls <= seconds + 1)
    }

    /// By which name Redis knows a script, as usher has loaded it.
    private func sha1(_ script: String) -> String {
      (QueueScripts().all + SeatScripts().all).first { $0.name == script }?.sha1 ?? script
    }

    @Test("the map is told page by page, and again only when it has changed")
    func map() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone)
      let seats = (0..<2500).map { "S-\($0)" }
      try fixture.putSeats(seats)
      let gateway = fixture.gateway()
      var (told, query) = ([String](), "")
      var tag: String?
      while true {
        let page = try gateway.seats(query: query)
        #expect(page.status == 200 && page.header("Cache-Control") == "no-cache")
        tag = page.header("ETag")
        guard case .array(let entries)? = try page.members()["seats"] else { break }
        for case .object(let seat) in entries {
          #expect(seat["state"] == .string("available"))
          if case .string(let id)? = seat["id"] { told.append(id) }
        }
        guard case .integer(let next)? = try page.members()["next"] else { break }
        query = "?after=\(next)&limit=1000"
      }
      #expect(told == seats)
      let same = try gateway.seats(version: tag)
      #expect(same.status == 304 && same.body.isEmpty && same.header("ETag") == tag)
      _ = try gateway.hold(["S-7"], as: "ann")
      try eventually("the change is told", within: .seconds(3)) {
        try gateway.seats(query: "?limit=0", version: tag).status == 200
      }
      let counts = try gateway.seats(query: "?limit=0")
      #expect(try counts.integer("total") == 2500)
      #expect(try counts.integer("available") == 2499)
      #expect(try counts.integer("held") == 1)
      #expect(try counts.flag("sold_out") == false)
    }

    @Test("50,000 seats come in one request, again without a change, and not without those held")
    func manySeats() throws {
      let fixture = try UsherFixture.sellingSeats(
        redis: .standalone, flags: ["--redis-timeout", "5s"])
      let seats = (0..<50_000).map { "Block-\($0 / 1000)-Row-\($0 / 50 % 20)-\($0 % 50)" }
      let first = try fixture.put("seats", ["seats": seats], at: "show")
      #expect(first.status == 200)
      #expect(try first.integer("added") == 50_000)
      #expect(try first.integer("expires_in_sec") == 86_400)
      let second = try fixture.put("seats", ["seats": seats], at: "show")
      #expect(try second.integer("added") == 0)
      #expect(try second.integer("removed") == 0)
      _ = try fixture.gateway().hold([seats[49_999]], as: "ann")
      let third = try fixture.put("seats", ["seats": Array(seats.prefix(10))], at: "show")
      #expect(third.status == 409 && third.errorCode == "SEATS_IN_USE")
      #expect(try third.members()["seat_ids"] == .array([.string(seats[49_999])]))
      let fourth = try fixture.put(
        "seats", ["seats": Array(seats.prefix(10)) + [seats[49_999]]], at: "show")
      #expect(try fourth.integer("total") == 11)
      #expect(try SeatCensus("show", fixture.connectToSeats()).fault(of: 11) == nil)
    }

    @Test("only an operator with the token may say what there is, and none where no token is set")
    func organiser() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone)
      let body: [String: Any] = ["seats": ["A-1"]]
      for token in [
        nil, "", "wrong", UsherFixture.adminToken + "x", String(UsherFixture.adminToken.dropLast()),
      ] {
        let answer = try fixture.put("seats", body, at: "show", token: token)
        #expect(answer.status == 401 && answer.errorCode == "UNAUTHORIZED")
        #expect(answer.header("WWW-Authenticate") == "Bearer")
      }
      // A long body is not even read.
      let long: [String: Any] = ["seats": (0..<10_000).map { "S-\($0)" }]
      #expect(try fixture.put("seats", long, at: "show", token: "wrong").status == 401)
      #expect(try fixture.put("seats", body, at: "a b").status == 400)
      #expect(
        try fixture.put("seats", ["seats": ["A 1"]], at: "show").errorCode == "INVALID_SEAT_ID")
      #expect(try fixture.put("seats", [:], at: "show").errorCode == "INVALID_REQUEST")
      #expect(try fixture.put("stock", ["item": "c"], at: "show").errorCode == "INVALID_REQUEST")
      let get = try fixture.usher.admin().get("/api/v1/events/show/seats")
      #expect(get.status == 405 && get.header("Allow") == "PUT")
      #expect(try fixture.store.keys("seat:*").isEmpty)
      #expect(try fixture.put("seats", body, at: "show").status == 200)

      let open = try UsherFixture(redis: .standalone)
      let answer = try open.usher.admin().request(
        "PUT", "/api/v1/events/show/seats", headers: [("Authorization", "Bearer ")], body: [])
      #expect(answer.status == 403 && answer.errorCode == "ADMIN_DISABLED")
    }

    @Test("10,000 people take 1,000: exactly 1,000 have one, and the stream delivers each")
    func stock() throws {
      let fixture = try UsherFixture.sellingSeats(
        redis: .standalone,
        flags: ["--fronts", "2", "--redis-timeout", "5s", "--redis-pool-wait", "5s"])
      try fixture.putStock("coupon", 1000)
      let (people, threads) = (10_000, 16)
      let answers = try parallel(threads) { thread in
        let gateway = fixture.gateway()
        return try stride(from: thread, to: people, by: threads).map { person in
          var answer = try gateway.take("coupon", as: "person \(person)")
          // A machine that stalls is no reason to go without: asking again is safe.
          while answer.status == 503 {
            usleep(20_000)
            answer = try gateway.take("coupon", as: "person \(person)")
          }
          return (answer.errorCode, try? answer.integer("number"))
        }
      }.flatMap { $0 }
      #expect(answers.count { $0.0 == "SOLD_OUT" } == 9000)
      let numbers = answers.compactMap(\.1)
      #expect(numbers.count == 1000)
      #expect(Set(numbers) == Set(1...1000))
      let redis = try fixture.connectToSeats()
      #expect(try redis.send("XLEN", "stream:stock:{show}") == .integer(1000))
      let entries = try redis.send("XRANGE", "stream:stock:{show}", "-", "+").elements ?? []
      let delivered = entries.compactMap { $0.elements?.last?.texts.last.flatMap { Int($0) } }
      #expect(delivered == Array(1...1000))
      let taker = try #require(entries.first?.elements?.last?.texts[7])
      let again = try fixture.gateway().take("coupon", as: taker)
      #expect(again.status == 409 && again.errorCode == "ALREADY_TAKEN")
      #expect(try again.integer("number") == 1)
      // The shop's consumer takes them at a pace of its own.
      try redis.send("XGROUP", "CREATE", "stream:stock:{show}", "shop", "0")
      let read = try redis.send(
        "XREADGROUP", "GROUP", "shop", "one", "COUNT", "10", "STREAMS", "stream:stock:{show}", ">")
      #expect(read.elements?.first?.elements?.last?.elements?.count == 10)
      try eventually("the metric says so") {
        try fixture.usher.metric("usher_stock_remaining{event=\"show\",item=\"coupon\"}") == 0
      }
    }

    @Test("no person queues for nothing: status says that it is sold out, and join may refuse")
    func soldOut() throws {
      let redis = try RedisServer()
      let fixture = try UsherFixture.sellingSeats(
        redis: .server(redis), flags: ["--sold-out-join", "refuse"])
      try fixture.putSeats(["A-1"])
      let gateway = fixture.gateway()
      let token = try gateway.token(joining: "show", as: "early")
      #expect(try gateway.status(of: token).members()["sold_out"] == nil)
      let hold = try gateway.hold(["A-1"], as: "ann").text("hold_id")
      // It may come back.
      #expect(try gateway.join("show", as: "hopeful").status == 202)
      #expect(try gateway.confirm(hold).status == 200)
      try eventually("the status says so", within: .seconds(3)) {
        try gateway.status(of: token).members()["sold_out"] == .boolean(true)
      }
      let late = try gateway.join("show", as: "late")
      #expect(late.status == 409 && late.errorCode == "SOLD_OUT")
      #expect(try gateway.join("show", as: "early").errorCode == "DUPLICATE_REQUEST")
      let hopeless = try gateway.hold(["A-1"], as: "bob")
      #expect(hopeless.status == 409 && hopeless.errorCode == "SOLD_OUT")
      let other = try UsherFixture.sellingSeats(redis: .server(redis))
      #expect(try other.gateway().join("show", as: "late").status == 202)
    }

    @Test("if the event says so, no more people are let in than there are seats for")
    func withinInventory() throws {
      let fixture = try UsherFixture.sellingSeats(
        redis: .standalone, flags: ["--admission-burst", "50", "--seats-per-person", "1"])
      try fixture.putSeats(["A-1", "A-2"])
      try fixture.store.send("HSET", "queue:state:{show}", "admit_within_inventory", "yes")
      let gateway = fixture.gateway()
      let tokens = try ["a", "b", "c"].map { try gateway.token(joining: "show", as: $0) }
      let grants = try tokens.prefix(2).map { try gateway.grant(entering: $0) }
      #expect(try gateway.enter(with: tokens[2]).errorCode == "NOT_READY")
      try eventually("the status says so", within: .seconds(3)) {
        try !gateway.status(of: tokens[2]).flag("ready_for_entry")
      }
      let hold = try gateway.hold(["A-1"], grant: grants[0]).text("hold_id")
      // One seat, and one person inside who has none.
      #expect(try gateway.enter(with: tokens[2]).errorCode == "NOT_READY")
      #expect(try gateway.release(hold).status == 200)
      #expect(try gateway.enter(with: tokens[2]).errorCode == "NOT_READY")
      try fixture.putSeats(["A-1", "A-2", "A-3"])
      try eventually("the third person is called", within: .seconds(3)) {
        try gateway.enter(with: tokens[2]).status == 200
      }
    }
  }
}
