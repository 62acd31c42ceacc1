import TestSupport
import Testing

extension WholeProgram {
  @Suite("an operator and the settings of an event")
  struct EventControlTests {
    @Test(
      "settings are told, changed and taken away, each time with their version",
      arguments: RedisKind.all)
    func contract(_ kind: RedisKind) throws {
      let fixture = try UsherFixture.operated(redis: kind)
      #expect(try fixture.event("show").errorCode == "EVENT_NOT_FOUND")
      let first = try fixture.set(
        "show",
        #"""
        {"rate":0.5,"burst":2,"state":"paused","admit_within_inventory":false,"queue_limit":7,
        "sold_out_join":"refuse"}
        """#)
      let version = try first.integer("version")
      #expect(first.header("ETag") == "\"\(version)\"")
      #expect(try first.text("event_id") == "show")
      #expect(
        try first.object("settings") == [
          "rate": .number(0.5), "burst": .integer(2), "state": .string("paused"),
          "admit_within_inventory": .boolean(false), "queue_limit": .integer(7),
          "sold_out_join": .string("refuse"),
        ])
      #expect(
        try first.object("live") == [
          "state": .string("paused"), "waiting": .integer(0), "ready": .integer(0),
          "inside": .integer(0), "parked": .integer(0), "joined": .integer(0),
          "admitted": .integer(0), "no_shows": .integer(0), "rate": .number(0.5),
          "tokens": .integer(0), "sold_out": .boolean(false),
        ])
      _ = try fixture.gateway().token(joining: "show", as: "A")
      let told = try fixture.event("show")
      #expect(try told.integer("version") == version)
      #expect(try told.object("live")["waiting"] == .integer(1))

      let second = try fixture.patch(
        "show", #"{"rate":null,"burst":3}"#, headers: [("If-Match", "\"\(version)\"")])
      #expect(second.status == 200)
      #expect(try second.object("settings")["rate"] == nil)
      #expect(try second.object("settings")["burst"] == .integer(3))
      #expect(try second.object("live")["rate"] == .integer(10))
      #expect(try second.integer("version") > version)
      let stale = try fixture.patch(
        "show", #"{"burst":4}"#, headers: [("If-Match", "\"\(version)\"")])
      #expect(stale.status == 412 && stale.errorCode == "PRECONDITION_FAILED")
      #expect(stale.header("ETag") == second.header("ETag"))
      #expect(try fixture.event("show").object("settings")["burst"] == .integer(3))
    }

    @Test("what is not allowed is refused by name, and nothing is changed")
    func refused() throws {
      let fixture = try UsherFixture.operated(redis: .embedded)
      for body in [
        "", "[]", #"{"rate":"5"}"#, #"{"burst":1,"state":"pause"}"#, #"{"active_limit":-5}"#,
        #"{"burst":1,"opens_at":"2030-01-01"}"#, #"{"burst":1,"burst":2}"#,
        #"{"opens_at":"2030-01-02T00:00:00Z","closes_at":"2030-01-02T00:00:00+00:01"}"#,
      ] {
        let answer = try fixture.patch("show", body)
        #expect(answer.status == 400, "\(body): \(answer.text)")
      }
      let unknown = try fixture.patch("show", #"{"draw_at":5}"#)
      #expect(unknown.errorCode == "INVALID_SETTING")
      #expect(unknown.text.contains("draw_at") && unknown.text.contains("queue_limit"))
      #expect(try fixture.patch("no%20name", "{}").errorCode == "INVALID_EVENT_ID")
      #expect(try fixture.patch("show", #"{"burst":1}"#, token: nil).status == 401)
      #expect(try fixture.event("show", token: "another token of the same").status == 401)
      let wrong = try fixture.usher.admin().request("POST", "/api/v1/events/show", body: [])
      #expect(wrong.status == 405 && wrong.header("Allow") == "GET, HEAD, PUT, PATCH, DELETE")
      #expect(try fixture.event("show").errorCode == "EVENT_NOT_FOUND")
    }

    @Test("each change is a line of the log and an entry of the trail: who, before and after")
    func audit() throws {
      let fixture = try UsherFixture.operated(redis: .standalone)
      try fixture.set("show", #"{"rate":5}"#)
      let answer = try fixture.patch(
        "show", #"{"state":"closed"}"#, headers: [("X-Request-ID", "my-trace")])
      #expect(answer.status == 200)
      let entries = try fixture.store.send("XRANGE", "stream:event:{show}", "-", "+").elements ?? []
      #expect(entries.count == 2)
      #expect(
        entries.last?.elements?.last.map { Array($0.texts.dropFirst(2)) } == [
          "op", "settings", "who", "operator", "trace", "my-trace", "before", "rate=5",
          "after", "rate=5 state=closed",
        ])
      let message = "the settings of an event were changed"
      let lines = try fixture.usher.logEntries().filter { $0.message == message }
      #expect(lines.count == 2)
      #expect(lines.last?.members["who"] == .string("operator"))
      #expect(lines.last?.members["before"] == .string("rate=5"))
      #expect(lines.last?.members["after"] == .string("rate=5 state=closed"))
      #expect(lines.last?.members["trace_id"] == .string("my-trace"))

      // What somebody writes by hand counts where nothing else is set, and is told, too.
      _ = try fixture.gateway().join("show", as: "A")
      try fixture.awaitLook(at: "show")
      try fixture.store.send("HSET", "queue:state:{show}", "burst", "7")
      let line = try LogEntry(fixture.usher.awaitLogLine { $0.contains("burst=7") })
      #expect(line.message == message)
      #expect(line.members["who"] == .string("somebody, in Redis"))
      #expect(line.members["before"] == .string("rate=5 state=closed"))
    }

    @Test(
      "a pause holds when Redis has forgotten everything: another sidecar writes it back",
      arguments: RedisKind.external)
    func flush(_ kind: RedisKind) throws {
      let first = try UsherFixture.operated(redis: kind)
      let second = try first.another(adminToken: UsherFixture.adminToken)
      let version = try first.set("show", #"{"state":"paused","rate":1000}"#).integer("version")
      let token = try second.gateway().token(joining: "show", as: "A")
      try second.awaitLook(at: "show")
      #expect(try first.usher.terminate() == 0)
      for connection in try first.store.connections() { try connection.send("FLUSHALL") }

      try eventually("the settings are back", within: .seconds(4)) {
        try second.store.send("HGET", "queue:settings:{show}", "version").integer == Int64(version)
      }
      let gateway = second.gateway()
      #expect(try gateway.position(of: token) == 1)
      #expect(try gateway.enter(with: token).errorCode == "NOT_READY")
      #expect(try second.event("show").object("live")["state"] == .string("paused"))
      // As if the rebuild were over: it is the pause that keeps people out.
      try second.store.send("HSET", "queue:state:{show}", "rebuild_until", "1")
      #expect(try gateway.enter(with: token).errorCode == "NOT_READY")
      #expect(
        second.usher.logLines.count { $0.contains("Redis had lost the settings of an event") } == 1)
      try second.set("show", #"{"state":"open"}"#)
      try eventually("the person goes in") { try gateway.enter(with: token).status == 200 }
    }

    @Test("what Redis has lost cannot be changed before it is written back")
    func rebuilding() throws {
      let fixture = try UsherFixture.operated(redis: .standalone)
      try fixture.set("show", #"{"state":"paused"}"#)
      try eventually("a change comes before that") {
        try fixture.store.send("DEL", "queue:settings:{show}")
        let answer = try fixture.patch("show", #"{"burst":5}"#)
        guard answer.status != 200 else { return false }
        #expect(answer.status == 409 && answer.errorCode == "REBUILDING")
        #expect(answer.header("Retry-After") == "1")
        return true
      }
      try fixture.set("show", #"{"burst":6}"#)
      let settings = try fixture.event("show").object("settings")
      #expect(settings["state"] == .string("paused"))
      #expect(settings["burst"] == .integer(6))
    }

    @Test("a pause holds when nobody comes for so long that the line ends")
    func quiet() throws {
      let fixture = try UsherFixture.operated(redis: .standalone)
      try fixture.set("show", #"{"state":"paused"}"#)
      _ = try fixture.gateway().token(joining: "show", as: "A")
      // As event-ttl does.
      for key in try fixture.store.keys("*{show}") {
        if try #require(try fixture.store.send("TTL", key).integer) >= 0 {
          try fixture.store.send("PEXPIRE", key, "1")
        }
      }
      try eventually("the line has ended") {
        try fixture.store.keys("*{show}") == ["queue:settings:{show}"]
      }
      let gateway = fixture.gateway()
      let token = try gateway.token(joining: "show", as: "B")
      #expect(try gateway.enter(with: token).errorCode == "NOT_READY")
      #expect(try gateway.status(of: token).flag("ready_for_entry") == false)
      // A sidecar that has never seen the event finds it in the registry.
      let other = try fixture.another(adminToken: UsherFixture.adminToken)
      try other.awaitLook(at: "show")
      #expect(try other.event("show").object("live")["state"] == .string("paused"))
    }

    @Test(
      "what makes no sense in Redis pauses the event, is said once, and is counted",
      arguments: [
        ("state", "pause"), ("burst", "0"), ("rate", "0,2"), ("admit_within_inventory", "true"),
      ])
    func typo(field: String, text: String) throws {
      let fixture = try UsherFixture(redis: .standalone)
      let gateway = fixture.gateway()
      let token = try gateway.token(joining: "show", as: "A")
      try fixture.awaitLook(at: "show")
      try fixture.store.send("HSET", "queue:state:{show}", field, text)
      #expect(try gateway.enter(with: token).errorCode == "PAUSED")
      let series = #"usher_event_settings_invalid{event="show"}"#
      try eventually("it is counted") { try fixture.usher.metric(series) == 1 }
      let line = try LogEntry(
        fixture.usher.awaitLogLine { $0.contains("a setting makes no sense") })
      #expect(line.level == "error")
      #expect(line.members["setting"] == .string(field))
      #expect(line.members["value"] == .string(text))
      #expect(line.members["key"] == .string("queue:state:{show}"))
      #expect(line.members["allowed"] != nil)
      try fixture.store.send("HDEL", "queue:state:{show}", field)
      try eventually("it is over") { try fixture.usher.metric(series) == 0 }
      _ = try fixture.usher.awaitLogLine { $0.contains("make sense again") }
      #expect(fixture.usher.logLines.count { $0.contains("a setting makes no sense") } == 1)
      try eventually("the person goes in") { try gateway.enter(with: token).status == 200 }
    }
  }
}

extension UsherFixture {
  /// Waits until this usher has looked after the settings of an event.
  fileprivate func awaitLook(at event: String) throws {
    try eventually("\(event) is looked after") {
      try usher.metric("usher_event_settings_invalid{event=\"\(event)\"}") != nil
    }
  }
}
