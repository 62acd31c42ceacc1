import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// What usher writes to standard error.
  @Suite("logs")
  struct LogsTests {
    private static let secret = "the-token-secret-of-these-tests"
    private static let password = "the-password-of-these-tests"

    /// At `debug`, through a life with good and bad days; what must stay out of it is returned.
    private func live(_ flags: [String]) throws -> (lines: [String], hidden: [String]) {
      let redis = try RedisServer(["--requirepass", Self.password])
      let fixture = try UsherFixture(
        redis: .server(redis), flags: ["--log-level", "debug"] + flags, secret: Self.secret,
        environment: ["USHER_REDIS_PASSWORD": Self.password])
      let (usher, gateway) = (fixture.usher, fixture.gateway())
      let token = try gateway.token(joining: "show", as: "A")
      _ = try gateway.join("show", as: "A")
      let grant = try gateway.grant(entering: token)
      let other = try gateway.token(joining: "show", as: "B")
      _ = try gateway.leave(with: other)
      _ = try gateway.status(of: String(token.dropLast()))
      _ = try gateway.verify(grant)
      let third = try gateway.token(joining: "show", as: "C")
      try redis.kill(SIGKILL)
      _ = try gateway.status(of: third)
      _ = try gateway.enter(with: third)
      try redis.restart()
      try eventually("it works again") { try gateway.status(of: third).status == 200 }
      #expect(try usher.terminate() == 0)
      return (usher.logLines, [Self.secret, Self.password, token, grant, other, third])
    }

    @Test("every line is a JSON object with ts, level and msg, and none holds anything secret")
    func json() throws {
      let began = Date.now
      let (lines, hidden) = try live([])
      let entries = try lines.map { try LogEntry($0) }
      #expect(Set(entries.map(\.level)).isSuperset(of: ["debug", "info"]))
      let stamp = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/
      #expect(entries.allSatisfy { $0.time.wholeMatch(of: stamp) != nil })
      // Not in their order: a thread may be overtaken between the clock and the write.
      let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
      let life = began.addingTimeInterval(-0.001)...Date.now
      for entry in entries { #expect(life.contains(try format.parse(entry.time))) }
      for text in hidden { #expect(!lines.contains { $0.contains(text) }, "\(text)") }

      let failure = try #require(entries.first { $0.message == "the operation failed" })
      #expect(failure.level == "debug")
      #expect(failure.members["operation"] == .string("status"))
      #expect(Set(failure.members.keys).isSuperset(of: ["error", "trace_id"]))
    }

    @Test("as text every line is time, level, message and fields, and nothing secret either")
    func text() throws {
      let (lines, hidden) = try live(["--log-format", "text"])
      let shape = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO |WARN |ERROR) .+/
      for line in lines { #expect(line.wholeMatch(of: shape) != nil, "\(line)") }
      #expect(lines.contains { $0.contains(" INFO  serving version=") })
      for text in hidden { #expect(!lines.contains { $0.contains(text) }, "\(text)") }
    }

    @Test("tells the trace id that the client sent")
    func traceID() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--log-level", "debug"])
      let token = try fixture.gateway().token(joining: "show")
      try fixture.server.kill(SIGKILL)
      let headers = [("X-Request-ID", "the-trace-of-this-test")]
      let answer = try fixture.gateway().status(of: token, headers: headers)
      #expect(answer.error["trace_id"] == .string("the-trace-of-this-test"))
      _ = try fixture.usher.awaitLogLine { $0.contains(#""trace_id":"the-trace-of-this-test""#) }
    }

    @Test("each refusal is told at debug, with the trace id that its client was told")
    func refusals() throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: ["--log-level", "debug", "--rate-limit", "4", "--fronts", "1"],
        adminToken: "a-token-of-tests-0123456789")
      let gateway = fixture.gateway()
      _ = try gateway.token(joining: "show", as: "A")
      var traces = [
        try gateway.join("show", as: "A"), try gateway.join("no event", as: "A"),
        try gateway.status(of: "forged"), try gateway.http.get("/nowhere"),
        try gateway.http.get("/api/v1/queue/join"),
        try fixture.usher.admin().request(
          "PUT", "/api/v1/events/show/seats", body: Array("{}".utf8)),
      ].map { $0.error["trace_id"] }
      // More than the rate allows.
      for _ in 0..<20 { traces.append(try gateway.status(of: "forged").error["trace_id"]) }
      let unreadable = fixture.usher.client()
      try unreadable.write(Array("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".utf8))
      traces.append(try unreadable.response().error["trace_id"])
      #expect(!traces.contains { $0 == nil })
      for case .string(let trace)? in traces {
        let line = try fixture.usher.awaitLogLine { $0.contains(trace) }
        let entry = try LogEntry(line)
        #expect(entry.level == "debug")
        #expect(entry.message.hasPrefix("a request was refused"))
        #expect(entry.members["status"] != nil)
        #expect(entry.members["reason"] != nil)
      }
      #expect(try fixture.usher.logEntries().contains { $0.members["status"] == .integer(429) })
    }

    @Test("nothing is logged for a request, unless at debug")
    func quiet() throws {
      func messages(of fixture: UsherFixture) throws -> [String] {
        #expect(try fixture.usher.terminate() == 0)
        return try fixture.usher.logEntries().map(\.message).sorted()
      }
      let fixture = try UsherFixture(redis: .standalone)
      let gateway = fixture.gateway()
      for person in 1...20 {
        let token = try gateway.token(joining: "show", as: "\(person)")
        _ = try gateway.status(of: token)
        _ = try gateway.grant(entering: token)
        _ = try gateway.status(of: "forged")
      }
      #expect(try messages(of: fixture) == messages(of: UsherFixture(redis: .standalone)))
    }

    @Test("says where it serves: the port that the kernel chose, if it was asked to")
    func serving() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--fronts", "2"])
      let line = try fixture.usher.awaitLogLine { $0.contains(#""msg":"serving""#) }
      let members = try LogEntry(line).members
      #expect(members["listen"] == .string("\(fixture.usher.address)"))
      #expect(members["admin"] == .string("\(fixture.usher.adminAddress)"))
      #expect(try members["redis"] == .string("\(fixture.server.socket)"))
      #expect(members["fronts"] == .integer(2))
    }
  }
}
