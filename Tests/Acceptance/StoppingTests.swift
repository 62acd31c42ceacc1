import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// SIGTERM and SIGINT in ordinary times.
  @Suite("stopping")
  struct StoppingTests {
    @Test("ends with code 0, and no client can connect any more", arguments: [SIGTERM, SIGINT])
    func clean(signal: Int32) throws {
      let fixture = try UsherFixture(redis: .standalone)
      try fixture.usher.kill(signal)
      #expect(try fixture.usher.wait() == 0)
      for client in [fixture.usher.client(), fixture.usher.admin()] {
        #expect(throws: ClientError.system(call: "connect", code: ECONNREFUSED)) {
          try client.connect()
        }
      }
    }

    /// The time in which load balancers take notice.
    @Test("for drain-delay it is not ready and serves all the same")
    func drainDelay() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--drain-delay", "2s"])
      let (gateway, admin) = (fixture.gateway(), fixture.usher.admin())
      try fixture.usher.kill(SIGTERM)
      try eventually("it is not ready") { try admin.get("/readyz").status == 503 }
      #expect(try admin.get("/readyz").text == "not ready: draining: this sidecar is stopping\n")
      #expect(try admin.get("/livez").status == 200)
      #expect(try fixture.usher.metric("usher_ready") == 0)

      // Over a connection that it has, and over new ones.
      var served = 0
      while let answer = try? gateway.join("show") {
        #expect(answer.status == 202)
        guard (try? fixture.gateway().join("show"))?.status == 202 else { break }
        served += 1
      }
      #expect(served > 0)
      #expect(try fixture.usher.wait() == 0)
    }

    @Test("a client that keeps its connection and asks nothing does not hold it up")
    func idleClients() throws {
      // Less than any connection may last otherwise; if one did, the exit code would be 1.
      let fixture = try UsherFixture(redis: .standalone, flags: ["--drain-timeout", "3s"])
      let (polite, silent, admin) = (
        fixture.gateway(), fixture.usher.client(), fixture.usher.admin()
      )
      _ = try polite.join("show")
      try silent.connect()
      _ = try admin.get("/livez")
      try eventually("both are connected") {
        try fixture.usher.metric("usher_http_connections") == 2
      }
      #expect(try fixture.usher.terminate() == 0)
      #expect(!polite.http.isConnected)
      #expect(!silent.isConnected)
    }

    @Test("says what it does: stopping, stopped")
    func says() throws {
      let fixture = try UsherFixture(redis: .standalone)
      #expect(try fixture.usher.terminate() == 0)
      let messages = try fixture.usher.logLines.map { try LogEntry($0).message }
      #expect(messages.suffix(2) == ["stopping: finishing what is under way", "stopped"])
    }
  }
}
