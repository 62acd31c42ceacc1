import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Twice as much is asked as can be done.
  @Suite("twice saturation", .tags(.fault))
  struct SaturationFaults {
    private static let soon = Duration.milliseconds(50) * Patience.factor

    @Test("of what a slow Redis does at most, 90 % still are; the rest is refused soon")
    func slowRedis() throws {
      let redis = try RedisServer()
      let way = try PacedProxy(to: redis.socket, every: .milliseconds(20))
      defer { way.close() }
      let fixture = try UsherFixture(
        redis: .server(redis, url: "\(way.address)"),
        flags: [
          "--fronts", "1", "--redis-pool-max", "2", "--redis-pipeline-depth", "8",
          "--max-in-flight", "40", "--redis-pool-wait", "5s", "--redis-timeout", "10s",
        ])
      let request = try Self.status(at: fixture)
      let peak = try Load(fixture.usher, clients: 20).closed(request, for: .seconds(4))
      #expect(peak.refused == 0)
      let rate = 2 * peak.goodput
      let load = try Load(fixture.usher, clients: 200)
      let twice = try load.open(at: rate, for: .seconds(5)) { _ in request }
      #expect(twice.faults == [])
      // With a sanitizer it is not Redis that is slow.
      if !Patience.isSanitized {
        #expect(twice.goodput >= 0.9 * peak.goodput, "\(twice.goodput) of \(peak.goodput) a second")
      }
      #expect(twice.refused > twice.served / 2)
      #expect(twice.medianRefusal <= Self.soon, "\(twice.slowestRefusals)")
    }

    @Test("of what the rate limit allows, 90 % is done, and for those who wait before all others")
    func rateLimit() throws {
      let limit = 300
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--fronts", "1", "--rate-limit", "\(limit)", "--redis-timeout", "10s",
        ])
      let status = try Self.status(at: fixture)
      let load = try Load(fixture.usher, clients: 50)
      // A quarter asks for a place, which is half of what may be answered; the rest would join.
      let outcome = try load.open(at: 2 * Double(limit), for: .seconds(6)) { number in
        number % 4 == 0 ? status : Self.join(number)
      }
      #expect(outcome.faults == [])
      #expect(outcome.goodput >= 0.9 * Double(limit), "\(outcome.goodput) a second")
      #expect(outcome.refused > outcome.served / 2)
      #expect(outcome.medianRefusal <= Self.soon, "\(outcome.slowestRefusals)")
      #expect(outcome.refusedStatuses == 0)
    }

    private static func status(at fixture: UsherFixture) throws -> String {
      Gateway.statusRequest(of: try fixture.gateway().token(joining: "show", as: "A"))
    }

    private static func join(_ number: Int) -> String {
      let body = #"{"event_id":"show","user_id":"\#(number)"}"#
      return "POST /api/v1/queue/join HTTP/1.1\r\nHost: a\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
  }
}

/// Clients that ask, each one thing at a time.
private final class Load {
  struct Outcome {
    var asked = 0
    var served = 0
    var refused = 0
    var refusedStatuses = 0
    var seconds = 0.0
    /// How long refusals took, the shortest first.
    var refusals: [Duration] = []
    var faults: [String] = []

    /// Requests served a second.
    var goodput: Double { Double(served) / seconds }

    /// How long half of the refusals took at most: the slowest, on a machine that does much else, have
    /// waited for the processor, here or there.
    var medianRefusal: Duration { refusals.isEmpty ? .zero : refusals[refusals.count / 2] }
    var slowestRefusals: ArraySlice<Duration> { refusals.suffix(3) }
  }

  private struct Request {
    let sentAt: ContinuousClock.Instant
    let text: String
  }

  private let swarm: Swarm
  /// What is under way, by client.
  private var requests: [Int: Request] = [:]
  /// The client that has waited longest comes first, so that none is idle for long.
  private var idle: [Int]
  private var outcome = Outcome()

  init(_ usher: UsherProcess, clients: Int) throws {
    swarm = Swarm(usher.address, server: usher)
    for _ in 0..<clients { try swarm.join() }
    idle = Array(0..<clients)
  }

  /// All ask again as soon as they have their answer.
  func closed(_ request: String, for time: Duration) throws -> Outcome {
    try run(for: time, due: { [self] _ in idle.count }, request: { _ in request })
    outcome.seconds = time / .seconds(1)
    return outcome
  }

  /// Requests come at a rate, whatever has become of those before.
  func open(
    at rate: Double, for time: Duration, _ request: (Int) -> String
  ) throws -> Outcome {
    var last = 0
    func due(_ elapsed: Duration) -> Int {
      let now = Int(elapsed / .seconds(1) * rate)
      defer { last = now }
      // What would have come while this machine did something else does not come at once after that.
      return min(now - last, Int(rate / 10))
    }
    try run(for: time, due: due, request: request)
    // Nor does that time count.
    outcome.seconds = Double(outcome.asked) / rate
    return outcome
  }

  private func run(
    for time: Duration, due: (Duration) -> Int, request: (Int) -> String
  ) throws {
    outcome = Outcome()
    let began = ContinuousClock.now
    // The first second finds what was saved up in peace, and is not counted.
    var count = 0
    var isCounted = false
    while ContinuousClock.now - began < time + .seconds(1) {
      let elapsed = ContinuousClock.now - began
      if !isCounted, elapsed >= .seconds(1) {
        isCounted = true
        outcome = Outcome(faults: outcome.faults)
      }
      for _ in 0..<min(idle.count, due(elapsed)) {
        try ask(request(count))
        count += 1
      }
      try swarm.wait(.milliseconds(2)) { client, notice in heard(notice, client) }
    }
    outcome.refusals.sort()
  }

  private func ask(_ request: String) throws {
    let client = idle.removeFirst()
    outcome.asked += 1
    requests[client] = Request(sentAt: .now, text: request)
    try swarm.send(request, from: client)
  }

  private func heard(_ notice: Swarm.Notice, _ client: Int) {
    guard case .answer(let answer) = notice, let request = requests.removeValue(forKey: client)
    else { return outcome.faults.append("a connection was closed") }
    idle.append(client)
    switch answer.status {
    case 200, 202: outcome.served += 1
    case 429, 503:
      outcome.refused += 1
      outcome.refusals.append(.now - request.sentAt)
      if request.text.hasPrefix("GET") { outcome.refusedStatuses += 1 }
      if !answer.has("Retry-After: ") { outcome.faults.append("no Retry-After: \(answer.head)") }
    default: outcome.faults.append("\(answer.status) \(answer.text)")
    }
  }
}
