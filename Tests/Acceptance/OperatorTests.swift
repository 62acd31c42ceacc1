import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("operators at the admin port")
  struct OperatorTests {
    private static let tokens = """
      ann operator the-token-of-ann
      vera viewer the-token-of-vera
      shop pace the-token-of-shop
      """

    private func started(_ kind: RedisKind = .standalone) throws -> UsherFixture {
      let fixture = try UsherFixture(
        redis: kind, flags: ["--admission-rate", "0.001", "--admission-burst", "1"],
        adminToken: Self.tokens)
      try eventually("events may be set") {
        try fixture.operate("PUT", "/first", "{}", token: "the-token-of-ann").status != 409
      }
      return fixture
    }

    @Test("a viewer can read everything and change nothing, and the pace neither")
    func roles() throws {
      let fixture = try started()
      let reads = ["", "/first", "/first/people", "/first/audit"]
      for path in reads {
        let answer = try fixture.operate("GET", path, token: "the-token-of-vera")
        #expect(answer.status == 200, "\(path)")
        #expect(try fixture.operate("GET", path, token: nil).status == 401)
        #expect(try fixture.operate("GET", path, token: "the-token-of-nobody").status == 401)
        #expect(
          try fixture.operate("GET", path, token: "the-token-of-shop").errorCode == "FORBIDDEN")
      }
      let changes = [
        ("PUT", "/first"), ("PATCH", "/first"), ("DELETE", "/first"), ("POST", "/first/reset"),
        ("POST", "/first/people/a/admit"), ("POST", "/first/people/a/remove"),
        ("PUT", "/first/seats"), ("PUT", "/first/stock"),
      ]
      for (method, path) in changes {
        for token in ["the-token-of-vera", "the-token-of-shop"] {
          let answer = try fixture.operate(method, path, "{}", token: token)
          #expect(answer.status == 403 && answer.errorCode == "FORBIDDEN", "\(method) \(path)")
        }
      }
      let audit = try fixture.operate("GET", "/first/audit", token: "the-token-of-vera")
      #expect(try audit.list("entries").map { $0["who"] } == [.string("ann")])
      for path in ["/metrics", "/livez", "/readyz"] {
        #expect(try fixture.usher.admin().get(path).status == 200)
      }
    }

    @Test("who shows too many wrong tokens is told to wait, and then may go on")
    func wrongTokens() throws {
      let fixture = try UsherFixture.operated(redis: .standalone)
      var refusal: HTTPResponse?
      for number in 0..<100 where refusal == nil {
        let answer = try fixture.operate("GET", token: "a wrong token \(number)")
        if answer.status != 401 { refusal = answer }
      }
      let answer = try #require(refusal)
      #expect(answer.status == 429 && answer.errorCode == "TOO_MANY_TOKENS")
      #expect(answer.header("Retry-After") == "1")
      _ = try fixture.usher.awaitLogLine {
        $0.contains("wrong admin tokens") && $0.contains("127.0.0.1")
      }
      try eventually("the operator is listened to") {
        try fixture.operate("GET").status == 200
      }
    }

    @Test("events are created, listed page by page, replaced and deleted", arguments: RedisKind.all)
    func events(_ kind: RedisKind) throws {
      let fixture = try UsherFixture.operated(redis: kind)
      try fixture.set("c", #"{"rate":5}"#)
      let created = try fixture.operate("PUT", "/a", #"{"burst":7,"rate":3}"#)
      #expect(created.status == 201)
      let replaced = try fixture.operate("PUT", "/a", #"{"burst":8}"#)
      #expect(replaced.status == 200)
      #expect(try replaced.object("settings") == ["burst": .integer(8)])
      _ = try fixture.gateway().join("b", as: "ann")
      try fixture.putStock("coupon", 5, at: "d")
      func names(_ query: String) throws -> (names: [JSONValue?], next: JSONValue?) {
        let answer = try fixture.operate("GET", query)
        return (try answer.list("events").map { $0["event_id"] }, try answer.members()["next"])
      }
      try eventually("the event that was joined is registered") {
        try names("").names == ["a", "b", "c", "d"].map { .string($0) }
      }
      let page = try names("?limit=2")
      #expect(page.names == [.string("a"), .string("b")] && page.next == .string("b"))
      #expect(try names("?limit=2&after=b").names == [.string("c"), .string("d")])
      #expect(try names("?limit=2&after=b").next == nil)
      for query in ["?limit=0", "?limit=101", "?limit=x", "?after=%20", "?after=%zz"] {
        #expect(try fixture.operate("GET", query).status == 400, "\(query)")
      }

      let stale = try fixture.operate("DELETE", "/a", headers: [("If-Match", "\"1\"")])
      #expect(stale.status == 412)
      let tag = try #require(replaced.header("ETag"))
      let deleted = try fixture.operate("DELETE", "/a", headers: [("If-Match", tag)])
      #expect(try deleted.text("status") == "deleted")
      #expect(try fixture.operate("GET", "/a").errorCode == "EVENT_NOT_FOUND")
      #expect(try fixture.operate("DELETE", "/a").errorCode == "EVENT_NOT_FOUND")
      #expect(try fixture.operate("PUT", "/a", "{}").status == 201)
      #expect(try fixture.operate("GET", "/a").status == 200)
    }

    @Test("a person is found, called in a pause, removed, kept out: all of it is in the trail")
    func people() throws {
      let fixture = try started()
      let token = "the-token-of-ann"
      let gateway = fixture.gateway()
      let tokens = try ["ann", "b/b", "cé"].map { try gateway.token(joining: "show", as: $0) }
      func person(_ name: String) throws -> HTTPResponse {
        try fixture.operate("GET", "/show/people/\(name)", token: token)
      }
      let head = try fixture.operate("GET", "/show/people?limit=2", token: token)
      #expect(try head.list("people").map { $0["user_id"] } == [.string("ann"), .string("b/b")])
      let states = try head.list("people").map { $0["state"] }
      #expect(states == [.string("ready"), .string("waiting")])
      let rest = try fixture.operate("GET", "/show/people?limit=2&after=2", token: token)
      #expect(try rest.list("people").map { $0["position"] } == [.integer(3)])
      #expect(try person("nobody").errorCode == "PERSON_NOT_FOUND")
      #expect(try person("%zz").errorCode == "INVALID_USER_ID")

      _ = try fixture.operate("PATCH", "/show", #"{"state":"paused"}"#, token: token)
      let called = try fixture.operate("POST", "/show/people/c%C3%A9/admit", token: token)
      #expect(try called.text("status") == "ready")
      #expect(try called.integer("position") == 3)
      try eventually("the person is told", within: .seconds(2)) {
        try gateway.status(of: tokens[2]).flag("ready_for_entry")
      }
      #expect(try gateway.enter(with: tokens[0]).errorCode == "PAUSED")
      let entered = try gateway.enter(with: tokens[2])
      #expect(entered.status == 200)
      #expect(
        try fixture.operate("POST", "/show/people/c%C3%A9/admit", token: token).errorCode
          == "ALREADY_INSIDE")
      let session = try gateway.startSession(with: entered.text("reservation_token"))
        .text("session_token")
      let story = try person("c%C3%A9")
      #expect(try story.text("state") == "inside")
      #expect(
        try story.list("history").map { $0["action"] }
          == ["join", "admit", "enter", "session"].map { .string($0) })
      #expect(try story.flag("history_complete"))

      let removed = try fixture.operate(
        "POST", "/show/people/c%C3%A9/remove", #"{"block_sec":60}"#, token: token)
      #expect(try removed.text("was") == "inside")
      #expect(try gateway.status(of: tokens[2]).errorCode == "REMOVED")
      let again = try gateway.join("show", as: "cé")
      #expect(again.status == 403 && again.errorCode == "BLOCKED")
      #expect(again.header("Retry-After").flatMap { Int($0) } ?? 0 > 50)
      try eventually("the session is refused", within: .seconds(2)) {
        let answer = try gateway.http.post(
          "/api/v1/queue/verify", json: ["session_token": session])
        return answer.status == 403
      }
      _ = try fixture.operate("POST", "/show/people/b%2Fb/remove", token: token)
      #expect(try gateway.status(of: tokens[1]).errorCode == "REMOVED")
      #expect(try person("b%2Fb").text("state") == "removed")
      for body in [#"{"block_sec":0}"#, #"{"block_sec":"1"}"#, "x", #"{"block_sec":31536001}"#] {
        let answer = try fixture.operate("POST", "/show/people/ann/remove", body, token: token)
        #expect(answer.status == 400, "\(body)")
      }

      let reset = try fixture.operate("POST", "/show/reset", token: token)
      #expect(try reset.object("removed")["waiting"] == .integer(1))
      #expect(try gateway.status(of: tokens[0]).errorCode == "REMOVED")
      let audit = try fixture.operate("GET", "/show/audit", token: token)
      #expect(
        try audit.list("entries").map { $0["action"] }
          == ["reset", "remove", "remove", "admit", "settings"].map { .string($0) })
      #expect(try audit.list("entries").allSatisfy { $0["who"] == .string("ann") })
      for (action, count) in [("admit", 1.0), ("remove", 2), ("reset", 1)] {
        let series = "usher_operator_actions_total{action=\"\(action)\",outcome=\"done\"}"
        #expect(try fixture.usher.metric(series) == count)
      }
      #expect(
        try fixture.usher.metric("usher_sessions_total{outcome=\"removed\"}") == 1)
    }
  }
}

extension HTTPResponse {
  /// A member that must be a list of objects.
  fileprivate func list(_ name: String) throws -> [[String: JSONValue]] {
    guard case .array(let elements)? = try members()[name] else {
      throw TestFailure("no list \(name): \(text)")
    }
    return try elements.map { element in
      guard case .object(let members) = element else { throw TestFailure("\(element)") }
      return members
    }
  }
}
