import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// All people come at once.
  @Suite("a storm", .tags(.fault))
  struct StormFaults {
    // With ThreadSanitizer ten thousand take minutes.
    private static let people = Patience.isSanitized ? 2000 : 10_000
    private static let poolMax = 8

    @Test(
      "10,000 connections: all are served, in 64 MiB and 40 KiB each, with no more of Redis than may be",
      .enabled(if: Swarm.descriptorLimit >= people + 1000, "more descriptors: ulimit -Hn"))
    func tenThousand() throws {
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--fronts", "2", "--redis-pool-max", "\(Self.poolMax)", "--redis-pipeline-depth", "16",
          "--redis-timeout", "10s", "--presence-ttl", "6h", "--presence-head-ttl", "6h",
        ])
      let redis = try fixture.server.connect()
      let storm = try Storm(fixture.usher, people: Self.people)
      var connections = 0
      try storm.run { connections = max(connections, try Self.clients(of: redis)) }

      #expect(storm.faults == [])
      #expect(storm.open == Self.people)
      let length = try fixture.line(at: "show").count
      #expect(length == Self.people)
      // Those of the fronts, two of the health check, two of the rest of the back office, and ours.
      #expect(connections <= Self.poolMax + 5)
      #expect(connections > Self.poolMax / 2)
      if !Patience.isSanitized {
        let allowed = 64 * 1024 + 40 * Self.people
        let peak = try fixture.usher.memory().peak
        #expect(peak <= allowed, "KiB")
      }
    }

    private static func clients(of redis: RedisConnection) throws -> Int {
      let text = try redis.send("INFO", "clients").text ?? ""
      guard let match = text.firstMatch(of: /connected_clients:([0-9]+)/), let count = Int(match.1)
      else { throw TestFailure("INFO clients: \(text)") }
      return count
    }
  }
}

/// People who all connect, then all join at once, and then each ask for their place. A person who is refused
/// comes again after the time that was named.
private final class Storm {
  private(set) var faults: [String] = []
  private let swarm: Swarm
  private let people: Int
  private var refused: [(until: ContinuousClock.Instant, client: Int)] = []
  private var tokens: [Int: String] = [:]
  private var served = 0

  init(_ usher: UsherProcess, people: Int) throws {
    self.people = people
    swarm = Swarm(usher.address, server: usher)
    for _ in 0..<people { try swarm.join() }
  }

  var open: Int { swarm.open }

  func run(_ watch: () throws -> Void) throws {
    for client in 0..<people { try ask(client) }
    try swarm.wait(for: "all are served", within: .seconds(180)) {
      served == people || faults.count > 10
    } _: { [self] client, notice in
      switch notice {
      case .answer(let answer): try heard(answer, client)
      case .closed: faults.append("\(client) was sent away")
      }
    } meanwhile: { [self] in
      let now = ContinuousClock.now
      let next = refused.filter { $0.until <= now }
      refused.removeAll { $0.until <= now }
      for (_, client) in next { try ask(client) }
      try watch()
    }
  }

  private func ask(_ client: Int) throws {
    if let token = tokens[client] {
      try swarm.send(Gateway.statusRequest(of: token), from: client)
    } else {
      let body = #"{"event_id":"show","user_id":"person \#(client)"}"#
      try swarm.send(
        "POST /api/v1/queue/join HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
          + body, from: client)
    }
  }

  private func heard(_ answer: Answer, _ client: Int) throws {
    switch answer.status {
    // A join whose answer did not come in time may have been one.
    case 202, 409:
      guard let match = answer.text.firstMatch(of: /"waiting_token":"([^"]+)"/) else {
        return faults.append("no token: \(answer.text)")
      }
      tokens[client] = String(match.1)
      try ask(client)
    case 200: served += 1
    case 503 where answer.has("Retry-After: "):
      refused.append((until: .now + .seconds(1), client: client))
    default: faults.append("\(answer.status) \(answer.text)")
    }
  }
}
