import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("sessions")
  struct SessionTests {
    @Test("a grant becomes a session, which ends everywhere", arguments: RedisKind.all)
    func life(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind)
      let elsewhere = try fixture.another().gateway()
      let gateway = fixture.gateway()
      let waiting = try gateway.token(joining: "show", as: "A")
      let grant = try gateway.grant(entering: waiting)
      #expect(try gateway.join("show", as: "A").text("reservation_token") == grant)
      let session = try gateway.session(of: grant)
      let again = try elsewhere.startSession(with: grant)
      #expect(again.status == 200)
      #expect(try again.text("session_token") == session)
      let joined = try gateway.join("show", as: "A")
      #expect(joined.errorCode == "ALREADY_INSIDE")
      #expect(try joined.text("session_token") == session)
      #expect(try elsewhere.verify(session: session, for: "show").flag("valid"))
      let inside = try gateway.status(of: waiting)
      #expect(try inside.flag("inside"))
      #expect((590...600).contains(try inside.integer("expires_in_sec")))

      #expect(try gateway.end(session).status == 200)
      #expect(try gateway.verify(session: session).text("reason") == "ended")
      try eventually("the copy is refused elsewhere", within: .seconds(2)) {
        try elsewhere.verify(session: session).status == 403
      }
      #expect(try elsewhere.renew(session).status == 403)
      #expect(try elsewhere.verify(grant).text("reason") == "ended")
      #expect(try elsewhere.startSession(with: grant).status == 403)
      #expect(try elsewhere.end(session).status == 200)
      #expect(try gateway.status(of: waiting).flag("inside") == false)
      #expect(try gateway.join("show", as: "A").status == 202)
      #expect(try fixture.usher.metric("usher_sessions_total{outcome=\"started\"}") == 1)
      #expect(try fixture.usher.metric("usher_sessions_total{outcome=\"ended\"}") == 1)
    }

    @Test("ten connections that exchange one grant get one session")
    func oneSession() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let gateway = fixture.gateway()
      let grant = try gateway.grant(entering: gateway.token(joining: "show", as: "A"))
      let answers = try parallel(10) { _ in
        let answer = try fixture.gateway().startSession(with: grant)
        return (answer.status, try answer.text("session_token"))
      }
      #expect(Set(answers.map(\.1)).count == 1)
      #expect(answers.count { $0.0 == 201 } == 1)
      #expect(answers.count { $0.0 == 200 } == 9)
    }

    @Test("renewing keeps a session until session-max; without it it expires, which is counted")
    func expiry() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--session-ttl", "2s", "--session-max", "5s"])
      let gateway = fixture.gateway()
      let grants = try ["A", "B"].map {
        try gateway.grant(entering: gateway.token(joining: "show", as: $0))
      }
      let left = try gateway.session(of: grants[1])
      var kept = try gateway.session(of: grants[0])
      let began = ContinuousClock.now
      try eventually("the one that nobody renews expires") {
        kept = try gateway.renew(kept).text("session_token")
        return try gateway.verify(session: left).status == 403
      }
      #expect(try gateway.verify(session: left).text("reason") == "expired")
      #expect(try gateway.renew(left).status == 403)
      #expect(try gateway.verify(session: kept).status == 200)
      try eventually("session-max ends the other") {
        let answer = try gateway.renew(kept)
        if answer.status == 200 { kept = try answer.text("session_token") }
        return answer.status == 403
      }
      #expect(ContinuousClock.now - began >= .seconds(4))
      try eventually("both are counted") {
        try fixture.usher.metric("usher_sessions_total{outcome=\"expired\"}") == 2
      }
    }

    @Test("seats and stock take a session, in the body or the header, until it is ended")
    func selling() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone, flags: ["--grant-ttl", "1s"])
      try fixture.putSeats(["A-1", "A-2"])
      let gateway = fixture.gateway()
      let grant = try gateway.grant(entering: gateway.token(joining: "show", as: "A"))
      let session = try gateway.session(of: grant)
      try eventually("the grant is over") { try gateway.verify(grant).status == 403 }
      func hold(
        _ seat: String, _ member: String, _ headers: [(String, String)]
      ) throws -> HTTPResponse {
        let body = "{\"event_id\":\"show\",\"seat_ids\":[\"\(seat)\"]\(member)}"
        return try gateway.http.request(
          "POST", "/api/v1/seats/hold", headers: headers, body: Array(body.utf8))
      }
      #expect(try hold("A-1", ",\"session_token\":\"\(session)\"", []).status == 201)
      #expect(try hold("A-2", "", [("Authorization", "Bearer \(session)")]).status == 201)
      #expect(try gateway.end(session).status == 200)
      #expect(
        try hold("A-1", ",\"session_token\":\"\(session)\"", []).errorCode == "SESSION_ENDED")
    }
  }
}
