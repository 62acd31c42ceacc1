import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// What the numbers of `/metrics` do when something happens.
  @Suite("metrics that move")
  struct MovingMetricsTests {
    @Test(
      "a known series of requests is counted at once, by route, method and code, and by outcome")
    func requests() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--admission-burst", "1", "--admission-rate", "0.001"])
      try everyKindOfRequest(fixture.gateway())
      let page = try MetricsPage(fixture.usher)

      #expect(
        Self.nonzero(page, "usher_http_requests_total", "route", "method", "code") == [
          "join POST 202": 2, "join POST 409": 1, "join POST 400": 1, "join GET 405": 1,
          "status GET 200": 1, "status GET 404": 1, "status GET 400": 1,
          "enter POST 200": 2, "enter POST 403": 1,
          "leave DELETE 200": 2, "verify POST 200": 1, "verify POST 403": 1, "verify POST 400": 1,
          "unmatched GET 404": 1, "unmatched other 404": 1,
        ])
      #expect(
        Self.nonzero(page, "usher_http_request_duration_seconds_count", "route") == [
          "join": 5, "status": 3, "enter": 3, "leave": 2, "verify": 3, "unmatched": 2,
        ])
      #expect(
        Self.nonzero(page, "usher_queue_operations_total", "operation", "outcome") == [
          "join joined": 2, "join duplicate": 1, "status waiting": 1, "status not_found": 1,
          "enter granted": 1, "enter repeated": 1, "enter not_ready": 1, "leave left": 2,
          "verify valid": 1, "verify invalid": 1,
        ])
      #expect(try page.sum("usher_http_requests_in_flight") == 0)
      #expect(Self.nonzero(page, "usher_http_requests_shed_total", "reason").isEmpty)
    }

    private func everyKindOfRequest(_ gateway: Gateway) throws {
      let a = try gateway.token(joining: "show", as: "A")
      let b = try gateway.token(joining: "show", as: "B")
      _ = try gateway.join("show", as: "B")
      _ = try gateway.http.post("/api/v1/queue/join", json: ["user_id": "A"])
      _ = try gateway.http.get("/api/v1/queue/join")
      _ = try gateway.status(of: b)
      _ = try gateway.status(of: "forged")
      _ = try gateway.http.get("/api/v1/queue/status")
      let grant = try gateway.grant(entering: a)
      _ = try gateway.enter(with: a)
      _ = try gateway.enter(with: b)
      _ = try gateway.leave(with: b)
      _ = try gateway.leave(with: b)
      _ = try gateway.verify(grant)
      _ = try gateway.verify("forged")
      _ = try gateway.http.post("/api/v1/queue/verify", json: [:])
      _ = try gateway.http.get("/elsewhere")
      _ = try gateway.http.request("BREW", "/elsewhere")
    }

    /// The values of a name that are not 0, by the values of these labels.
    private static func nonzero(
      _ page: MetricsPage, _ name: String, _ labels: String...
    ) -> [String: Double] {
      let samples = page.samples(of: name).filter { $0.value != 0 }
      return Dictionary(
        uniqueKeysWithValues: samples.map { sample in
          (labels.map { sample.labels[$0] ?? "" }.joined(separator: " "), sample.value)
        })
    }

    @Test("an admission is measured: how long it took, and what had been promised")
    func waits() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--admission-burst", "1", "--admission-rate", "0.5"])
      let gateway = fixture.gateway()
      let (a, b) = (
        try gateway.token(joining: "show", as: "A"), try gateway.token(joining: "show", as: "B")
      )
      _ = try gateway.grant(entering: a)
      var page = try MetricsPage(fixture.usher)
      #expect(try page.sum("usher_queue_wait_duration_seconds_count") == 1)
      // A wait of no time at all is no measure of a promise.
      #expect(try page.sum("usher_queue_eta_error_ratio_count") == 0)

      try eventually("B is let in") { try gateway.enter(with: b).status == 200 }
      _ = try gateway.enter(with: b)
      page = try MetricsPage(fixture.usher)
      #expect(try page.sum("usher_queue_wait_duration_seconds_count") == 2)
      #expect(try page.sum("usher_queue_wait_duration_seconds_sum") >= 1)
      #expect(try page.sum("usher_queue_eta_error_ratio_count") == 1)
      #expect(try page.sum("usher_queue_eta_error_ratio_sum") > 0)
      #expect(try page.sum("usher_queue_promises_total") == 1)
    }

    @Test("who is parked and who comes back is counted, once each", arguments: [1, 3])
    func parking(people: Int) throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--presence-head-ttl", "1s", "--admission-burst", "1", "--admission-rate", "0.001",
        ])
      let gateway = fixture.gateway()
      // Who is called is not parked.
      _ = try gateway.token(joining: "show", as: "called")
      let tokens = try (1...people).map { try gateway.token(joining: "show", as: "\($0)") }
      try eventually("all are parked, and counted") {
        try MetricsPage(fixture.usher).sum("usher_queue_parked_total") == Double(people)
      }
      #expect(try fixture.line(at: "show") == ["called"])
      #expect(try MetricsPage(fixture.usher).sum("usher_queue_resumed_total") == 0)
      let returning = try #require(tokens.last)
      for _ in 1...2 { #expect(try gateway.position(of: returning) == 2) }
      #expect(try MetricsPage(fixture.usher).sum("usher_queue_resumed_total") == 1)
    }

    @Test(
      "only the longest lines have series of their own; the others are one",
      arguments: RedisKind.all)
    func bounded(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind, flags: ["--metrics-events", "2"])
      let gateway = fixture.gateway()
      for (event, people) in [("a", 1), ("b", 2), ("c", 3), ("d", 1)] {
        for person in 0..<people { _ = try gateway.token(joining: event, as: "\(person)") }
      }
      try eventually("the lines are measured") {
        let lines = try MetricsPage(fixture.usher).samples(of: "usher_queue_length")
        return Dictionary(uniqueKeysWithValues: lines.map { ($0.labels["event"], $0.value) })
          == ["c": 3, "b": 2, "other": 2]
      }
      let page = try MetricsPage(fixture.usher)
      for name in ["usher_queue_admission_rate", "usher_queue_tokens_available"] {
        #expect(
          Set(page.samples(of: name).compactMap { $0.labels["event"] }) == ["c", "b", "other"])
      }
    }

    @Test(
      "a line's gauges say how long it is, how fast it moves and what the bucket holds",
      arguments: RedisKind.all)
    func gauges(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(
        redis: kind, flags: ["--admission-burst", "5", "--admission-rate", "0.001"])
      let gateway = fixture.gateway()
      for person in 1...4 {
        let token = try gateway.token(joining: "show", as: "\(person)")
        if person <= 2 { _ = try gateway.grant(entering: token) }
      }
      try eventually("the line is measured") {
        let page = try MetricsPage(fixture.usher)
        guard !page.samples(of: "usher_queue_length").isEmpty else { return false }
        let tokens = try page.sum("usher_queue_tokens_available", ["event": "show"])
        return try page.sum("usher_queue_length", ["event": "show"]) == 2
          && page.sum("usher_queue_admission_rate", ["event": "show"]) > 0
          && page.sum("usher_queue_ready", ["event": "show"]) == 2
          && page.sum("usher_inside", ["event": "show"]) == 2
          && (1..<2).contains(tokens)
      }
    }

    /// The call that stood at the beginning of an outage, 150,000 times, and no metric showed it.
    @Test("a KEYS that another client sends to Redis is counted")
    func keys() throws {
      let fixture = try UsherFixture(redis: .standalone)
      try fixture.awaitStatistics()
      let keys = { try fixture.serverCalls(of: "keys") }
      #expect(try keys() == 0)
      try fixture.server.send("KEYS", "*")
      try eventually("KEYS is counted", within: .seconds(20)) { try keys() > 0 }
      #expect(try keys() == 1)
    }
  }
}

extension UsherFixture {
  /// Waits until usher has read what its Redis says of itself, from where it counts.
  func awaitStatistics() throws {
    try eventually("Redis is measured") {
      try MetricsPage(usher).sum("usher_redis_server_memory_used_bytes") > 0
    }
  }

  /// How many calls of a command, of all clients, usher has counted.
  func serverCalls(of command: String) throws -> Double {
    try MetricsPage(usher).sum("usher_redis_server_commands_total", ["cmd": command])
  }
}
