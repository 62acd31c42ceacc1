import TestSupport
import Testing

extension WholeProgram {
  @Suite("the contract of the routes of seats and stock")
  struct SeatContractTests {
    /// A request, and what comes of it.
    private struct Line {
      let route: String
      let body: String
      let status: Int
      let code: String?
      /// Of the body, beside `error`.
      var members: Set<String> = []
    }

    @Test("each outcome has its status, code and members")
    func outcomes() throws {
      let fixture = try UsherFixture.sellingSeats(
        redis: .standalone, flags: ["--hold-ttl", "300s"])
      try fixture.putSeats(["A-1", "A-2", "A-3", "A-4", "A-5", "A-6"])
      try fixture.putStock("coupon", 1)
      let gateway = fixture.gateway()
      for line in try lines(fixture, gateway) {
        let answer = try gateway.http.request(
          "POST", "/api/v1/\(line.route)", headers: [("X-Request-ID", "me")],
          body: Array(line.body.utf8))
        let about = Comment(rawValue: "\(line.route) \(line.body): \(answer.text)")
        #expect(answer.status == line.status, about)
        #expect(answer.errorCode == line.code, about)
        #expect(answer.header("Cache-Control") == "no-store", about)
        #expect(answer.header("Content-Type") == "application/json", about)
        let expected = line.members.union(line.code == nil ? [] : ["error"])
        #expect(Set(try answer.members().keys) == expected, about)
        if line.code != nil { #expect(answer.error["trace_id"] == .string("me"), about) }
      }
    }

    private func lines(_ fixture: UsherFixture, _ gateway: Gateway) throws -> [Line] {
      let held = try gateway.hold(["A-1"], as: "held").text("hold_id")
      let sold = try gateway.hold(["A-2"], as: "sold").text("hold_id")
      #expect(try gateway.confirm(sold).status == 200)
      let ended = try gateway.hold(["A-3"], as: "ended").text("hold_id")
      #expect(try gateway.release(ended).status == 200)
      return try holds(fixture)
        + ends("seats/release", held, sold, ended) + ends("seats/confirm", held, sold, ended)
        + takes(fixture)
    }

    private func holds(_ fixture: UsherFixture) throws -> [Line] {
      let route = "seats/hold"
      func body(_ seats: String, _ grant: String, event: String = "show") -> String {
        #"{"event_id":"\#(event)","seat_ids":[\#(seats)],"reservation_token":"\#(grant)"}"#
      }
      let grant = try UsherFixture.grant("ann")
      let many = (1...5).map { #""A-\#($0)""# }.joined(separator: ",")
      let told: Set = ["status", "hold_id", "expires_in_sec", "remaining"]
      return [
        Line(route: route, body: body(#""A-4""#, grant), status: 201, code: nil, members: told),
        Line(route: route, body: body(#""A-4""#, grant), status: 200, code: nil, members: told),
        Line(
          route: route, body: body(#""A-1""#, grant), status: 409, code: "SEAT_UNAVAILABLE",
          members: ["seat_ids"]),
        Line(
          route: route, body: body(#""Z-1""#, grant), status: 404, code: "SEAT_NOT_FOUND",
          members: ["seat_ids"]),
        Line(route: route, body: body(many, grant), status: 409, code: "SEAT_LIMIT"),
        Line(
          route: route, body: body(#""A-5""#, "forged"), status: 403, code: "INVALID_RESERVATION"),
        Line(
          route: route, body: body(#""A-5""#, grant, event: "other"), status: 403,
          code: "INVALID_RESERVATION"),
        Line(
          route: route, body: body(#""A-5""#, try UsherFixture.grant("bob", secondsAgo: 301)),
          status: 403,
          code: "RESERVATION_EXPIRED"),
        Line(route: route, body: body("", grant), status: 400, code: "MISSING_SEAT_IDS"),
        Line(route: route, body: body(#""A 1""#, grant), status: 400, code: "INVALID_SEAT_ID"),
        Line(
          route: route, body: body(#""A-1""#, grant, event: "a}b"), status: 400,
          code: "INVALID_EVENT_ID"),
        Line(
          route: route, body: #"{"seat_ids":["A-1"]}"#, status: 400, code: "MISSING_EVENT_ID"),
        Line(
          route: route, body: #"{"event_id":"show","seat_ids":["A-1"]}"#, status: 400,
          code: "MISSING_TOKEN"),
        Line(
          route: route, body: #"{"event_id":"show","seat_ids":"A-1"}"#, status: 400,
          code: "INVALID_REQUEST"),
      ]
    }

    private func ends(_ route: String, _ held: String, _ sold: String, _ ended: String) -> [Line] {
      let isConfirm = route.hasSuffix("confirm")
      func line(
        _ hold: String, _ status: Int, _ code: String?, _ members: Set<String> = []
      ) -> Line {
        Line(
          route: route, body: #"{"hold_id":"\#(hold)"}"#, status: status, code: code,
          members: members)
      }
      return [
        line(
          ended, isConfirm ? 410 : 200, isConfirm ? "HOLD_EXPIRED" : nil,
          isConfirm ? [] : ["status"]),
        line(
          sold, isConfirm ? 200 : 409, isConfirm ? nil : "ALREADY_CONFIRMED",
          isConfirm ? ["status", "seat_ids"] : []),
        // Released first, by the table's order: then there is nothing to buy.
        line(
          held, isConfirm ? 410 : 200, isConfirm ? "HOLD_EXPIRED" : nil,
          isConfirm ? [] : ["status"]),
        line("forged", 404, "HOLD_NOT_FOUND"),
        Line(route: route, body: "{}", status: 400, code: "MISSING_HOLD_ID"),
        Line(route: route, body: "", status: 400, code: "INVALID_REQUEST"),
      ]
    }

    private func takes(_ fixture: UsherFixture) throws -> [Line] {
      let route = "stock/take"
      let told: Set = ["status", "item", "number", "remaining"]
      func body(_ user: String, item: String = "coupon") -> String {
        #"{"event_id":"show","item":"\#(item)","user_id":"\#(user)"}"#
      }
      let grant = try UsherFixture.grant("ann")
      let both =
        #"{"event_id":"show","item":"coupon","user_id":"bob","reservation_token":"\#(grant)"}"#
      return [
        Line(route: route, body: both, status: 403, code: "INVALID_RESERVATION"),
        Line(route: route, body: body("ann"), status: 201, code: nil, members: told),
        Line(route: route, body: body("ann"), status: 409, code: "ALREADY_TAKEN", members: told),
        Line(route: route, body: body("bob"), status: 409, code: "SOLD_OUT"),
        Line(route: route, body: body("bob", item: "x"), status: 404, code: "ITEM_NOT_FOUND"),
        Line(route: route, body: body("bob", item: "x y"), status: 400, code: "INVALID_ITEM"),
        Line(
          route: route, body: #"{"event_id":"show","user_id":"a"}"#, status: 400,
          code: "MISSING_ITEM"),
        Line(
          route: route, body: #"{"event_id":"show","item":"coupon"}"#, status: 400,
          code: "MISSING_USER_ID"),
        Line(route: route, body: body(#"a\nb"#), status: 400, code: "INVALID_USER_ID"),
        Line(route: route, body: #"{"item":"coupon"}"#, status: 400, code: "MISSING_EVENT_ID"),
        Line(route: route, body: "[]", status: 400, code: "INVALID_REQUEST"),
        Line(
          route: route, body: #"{"event_id":"show","item":"coupon","user_id":"a","user_id":"b"}"#,
          status: 400, code: "INVALID_REQUEST"),
      ]
    }

    @Test("the map is not there for an event without seats, nor for nonsense")
    func map() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone)
      let gateway = fixture.gateway()
      let none = try gateway.seats()
      #expect(none.status == 404 && none.errorCode == "NO_SEATS")
      for query in ["?limit=1001", "?limit=-1", "?after=x", "?limit=1&limit=2"] {
        let answer = try gateway.seats(query: query)
        #expect(answer.status == 400 && answer.errorCode == "INVALID_REQUEST", "\(query)")
      }
      #expect(try gateway.seats(at: "a%20b").errorCode == "INVALID_EVENT_ID")
      let wrong = try gateway.http.request("PUT", "/api/v1/events/show/seats", body: [])
      #expect(wrong.status == 405 && wrong.header("Allow") == "GET")
      for path in ["show", "show/seats/", "show/stock", "/seats"] {
        #expect(try gateway.http.get("/api/v1/events/\(path)").status / 100 == 4, "\(path)")
      }
    }
  }
}
