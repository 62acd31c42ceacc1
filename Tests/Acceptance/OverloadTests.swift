import Glibc
import TestSupport
import Testing

extension WholeProgram {
  @Suite("too much at once")
  struct OverloadTests {
    @Test("requests beyond the rate limit are refused at once, and may come again")
    func rateLimit() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--rate-limit", "1", "--fronts", "1"])
      let gateway = fixture.gateway()
      #expect(try gateway.join("show", as: "A").status == 202)
      let refused = try gateway.join("show", as: "B")
      #expect(refused.status == 429)
      #expect(refused.errorCode == "RATE_LIMITED")
      #expect(refused.header("Retry-After") == "1")
      #expect(
        try fixture.usher.metric(#"usher_http_requests_shed_total{reason="rate_limited"}"#) == 1)
      try eventually("B is let through") { try gateway.join("show", as: "B").status == 202 }
    }

    @Test(
      "when three quarters of what may be under way is, no one joins, and those who wait are served"
    )
    func priority() throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: ["--max-in-flight", "4", "--fronts", "1", "--redis-timeout", "30s"])
      let gateways = (0..<6).map { _ in fixture.gateway() }
      let token = try gateways[0].token(joining: "show", as: "A")
      try fixture.server.kill(SIGSTOP)
      for gateway in gateways.prefix(3) { try gateway.askStatus(of: token) }
      try eventually("three are under way") {
        try fixture.usher.metric("usher_http_requests_in_flight") == 3
      }
      #expect(try gateways[4].join("show", as: "B").errorCode == "OVERLOADED")
      try gateways[3].askStatus(of: token)
      try eventually("four are under way") {
        try fixture.usher.metric("usher_http_requests_in_flight") == 4
      }
      #expect(try gateways[5].status(of: token).errorCode == "OVERLOADED")

      try fixture.server.kill(SIGCONT)
      for gateway in gateways.prefix(4) { #expect(try gateway.http.response().status == 200) }
      #expect(try gateways[4].join("show", as: "B").status == 202)
    }

    @Test("who comes while as much is under way as may be waits for a moment, and is served")
    func shortWait() throws {
      let redis = try RedisServer()
      let way = try PacedProxy(to: redis.socket, every: .milliseconds(5))
      defer { way.close() }
      let fixture = try UsherFixture(
        redis: .server(redis, url: "\(way.address)"),
        flags: ["--max-in-flight", "1", "--fronts", "1"])
      let gateways = [fixture.gateway(), fixture.gateway()]
      let token = try gateways[0].token(joining: "show", as: "A")
      let rounds = 50
      var served = 0
      for _ in 0..<rounds {
        for gateway in gateways { try gateway.askStatus(of: token) }
        for gateway in gateways where try gateway.http.response().status == 200 { served += 1 }
      }
      // A machine that does much else may be away for longer than a request waits.
      #expect(served > rounds * 7 / 4, "\(served) of \(2 * rounds)")
    }

    @Test("with as much under way as may be, more is refused soon, and all the rest is answered")
    func overload() throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--max-in-flight", "2", "--fronts", "1", "--redis-timeout", "30s",
        ])
      let gateways = (0..<3).map { _ in fixture.gateway() }
      let tokens = try (0..<2).map { try gateways[0].token(joining: "show", as: "\($0)") }
      try fixture.server.kill(SIGSTOP)
      for (gateway, token) in zip(gateways, tokens) { try gateway.askStatus(of: token) }
      try eventually("both are under way") {
        try fixture.usher.metric("usher_http_requests_in_flight") == 2
      }
      let refused = try gateways[2].join("show", as: "C")
      #expect(refused.status == 503)
      #expect(refused.errorCode == "OVERLOADED")
      #expect(refused.header("Retry-After") == "1")
      #expect(
        try fixture.usher.metric(#"usher_http_requests_shed_total{reason="overloaded"}"#) == 1)

      try fixture.server.kill(SIGCONT)
      for (number, gateway) in gateways.prefix(2).enumerated() {
        #expect(try gateway.http.response().integer("position") == number + 1)
      }
      #expect(try gateways[2].join("show", as: "C").status == 202)
    }
  }
}
