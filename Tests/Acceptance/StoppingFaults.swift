import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// SIGTERM while Redis does not answer.
  @Suite("stopping while Redis halts", .tags(.fault))
  struct StoppingFaults {
    private static let patient = ["--redis-timeout", "30s"]

    @Test("requests in flight get their answer, and it is the last one on their connection")
    func inFlight() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: Self.patient)
      let gateway = try Self.gatewayThatWaits(at: fixture)
      try fixture.usher.kill(SIGTERM)
      try Self.awaitClosedListener(of: fixture)
      try fixture.server.kill(SIGCONT)

      let answer = try gateway.http.response()
      #expect(answer.status == 200)
      #expect(try answer.integer("position") == 1)
      #expect(answer.header("Connection") == "close")
      #expect(try fixture.usher.wait() == 0)
    }

    @Test("with the default settings it ends by itself: requests fail in their own time")
    func redisHalted() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let gateway = try Self.gatewayThatWaits(at: fixture)
      try fixture.usher.kill(SIGTERM)
      #expect(try gateway.http.response().status == 503)
      #expect(try fixture.usher.wait() == 0)
    }

    @Test("before drain-timeout is over, what Redis does not answer is refused; code 1 says so")
    func drainTimeout() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: Self.patient + ["--drain-timeout", "4s"])
      let gateway = try Self.gatewayThatWaits(at: fixture)
      let began = ContinuousClock.now
      // Less than the request may take.
      #expect(try fixture.usher.terminate(within: .seconds(20)) == 1)
      let time = ContinuousClock.now - began
      #expect(time >= .seconds(3) && time <= .seconds(4), "\(time)")
      try Self.expectRefusal(gateway)
    }

    @Test("it does not wait longer for a client that takes no answer")
    func noReader() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: Self.patient + ["--drain-timeout", "2s"])
      let gateway = try Self.gatewayThatWaits(at: fixture)
      let silent = fixture.usher.client()
      // Half a request: its time for the rest is longer than what is left.
      try silent.write(Array("GET /api/v1/queue/status?token=A HTTP/1.1\r\n".utf8))
      let began = ContinuousClock.now
      #expect(try fixture.usher.terminate(within: .seconds(20)) == 1)
      #expect(ContinuousClock.now - began <= .seconds(3))
      try Self.expectRefusal(gateway)
    }

    @Test("a second signal means now", arguments: ["0s", "1m"])
    func insist(drainDelay: String) throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: Self.patient + ["--drain-delay", drainDelay, "--drain-timeout", "1m"])
      let gateway = try Self.gatewayThatWaits(at: fixture)
      try fixture.usher.kill(SIGTERM)
      _ = try fixture.usher.awaitLogLine { $0.contains("stopping") }
      #expect(fixture.usher.status == nil, "one is not enough")
      #expect(try fixture.usher.terminate(within: .seconds(20)) == 1)
      try Self.expectRefusal(gateway)
    }

    /// Halts Redis while a request waits for it.
    private static func gatewayThatWaits(at fixture: UsherFixture) throws -> Gateway {
      let gateway = fixture.gateway()
      let token = try gateway.token(joining: "show", as: "A")
      try fixture.server.kill(SIGSTOP)
      try gateway.askStatus(of: token)
      try eventually("the request is in flight") {
        try fixture.usher.metric("usher_http_requests_in_flight") == 1
      }
      return gateway
    }

    private static func expectRefusal(_ gateway: Gateway) throws {
      let answer = try gateway.http.response()
      #expect(answer.status == 503)
      #expect(answer.errorCode == "REDIS_UNAVAILABLE")
      #expect(answer.header("Retry-After") == "1")
      #expect(answer.header("Connection") == "close")
      #expect(answer.text.contains("had to stop"))
    }

    private static func awaitClosedListener(of fixture: UsherFixture) throws {
      try eventually("the listener is closed") {
        do {
          try fixture.usher.client().connect()
          return false
        } catch ClientError.system(call: "connect", code: ECONNREFUSED) {
          return true
        }
      }
    }
  }
}
