import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// SIGTERM while Redis does not answer.
  @Suite("stopping while Redis halts")
  struct StoppingFaults {
    private static let patient = ["--redis-timeout", "30s"]

    @Test("requests in flight get their answer, and it is the last one on their connection")
    func inFlight() throws {
      let venue = try Venue(Self.patient)
      let gateway = try Self.gatewayThatWaits(at: venue)
      try venue.usher.kill(SIGTERM)
      try Self.awaitClosedListener(of: venue)
      try venue.redis.kill(SIGCONT)

      let answer = try gateway.http.response()
      #expect(answer.status == 200)
      #expect(try answer.integer("position") == 1)
      #expect(answer.header("Connection") == "close")
      #expect(try venue.usher.wait() == 0)
    }

    @Test("with the default settings it ends by itself: requests fail in their own time")
    func redisHalted() throws {
      let venue = try Venue()
      let gateway = try Self.gatewayThatWaits(at: venue)
      try venue.usher.kill(SIGTERM)
      #expect(try gateway.http.response().status == 503)
      #expect(try venue.usher.wait() == 0)
    }

    @Test("before drain-timeout is over, what Redis does not answer is refused; code 1 says so")
    func drainTimeout() throws {
      let venue = try Venue(Self.patient + ["--drain-timeout", "4s"])
      let gateway = try Self.gatewayThatWaits(at: venue)
      let began = ContinuousClock.now
      // Less than the request may take.
      #expect(try venue.usher.terminate(within: .seconds(20)) == 1)
      let time = ContinuousClock.now - began
      #expect(time >= .seconds(3) && time <= .seconds(4), "\(time)")
      try Self.expectRefusal(gateway)
    }

    @Test("it does not wait longer for whoever takes no answer")
    func noReader() throws {
      let venue = try Venue(Self.patient + ["--drain-timeout", "2s"])
      let gateway = try Self.gatewayThatWaits(at: venue)
      let silent = venue.usher.client()
      // Half a request: its time for the rest is longer than what is left.
      try silent.write(Array("GET /api/v1/queue/status?token=A HTTP/1.1\r\n".utf8))
      let began = ContinuousClock.now
      #expect(try venue.usher.terminate(within: .seconds(20)) == 1)
      #expect(ContinuousClock.now - began <= .seconds(3))
      try Self.expectRefusal(gateway)
    }

    @Test("a second signal means now", arguments: ["0s", "1m"])
    func insist(drainDelay: String) throws {
      let venue = try Venue(
        Self.patient + ["--drain-delay", drainDelay, "--drain-timeout", "1m"])
      let gateway = try Self.gatewayThatWaits(at: venue)
      try venue.usher.kill(SIGTERM)
      _ = try venue.usher.awaitLogLine { $0.contains("stopping") }
      #expect(venue.usher.status == nil, "one is not enough")
      #expect(try venue.usher.terminate(within: .seconds(20)) == 1)
      try Self.expectRefusal(gateway)
    }

    /// Halts Redis while a request waits for it.
    private static func gatewayThatWaits(at venue: Venue) throws -> Gateway {
      let gateway = venue.gateway()
      let token = try gateway.token(joining: "show", as: "A")
      try venue.redis.kill(SIGSTOP)
      try gateway.askStatus(of: token)
      try eventually("the request is in flight") {
        try venue.usher.metric("usher_http_requests_in_flight") == 1
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

    private static func awaitClosedListener(of venue: Venue) throws {
      try eventually("the listener is closed") {
        do {
          try venue.usher.client().connect()
          return false
        } catch ClientError.system(call: "connect", code: ECONNREFUSED) {
          return true
        }
      }
    }
  }
}
