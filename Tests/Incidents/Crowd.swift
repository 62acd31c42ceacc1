import Dispatch
import Foundation
import Locking
import Synchronization
import TestSupport

/// People at one event, `sale`, who poll, so many times a second all together, whatever comes back and
/// however late.
struct Crowd: Sendable {
  /// What became of the polls of some time.
  struct Polls: Sendable {
    /// How many answers had each status; 0 stands for none.
    fileprivate(set) var statuses: [Int: Int] = [:]
    /// From the moment at which each poll was meant to be sent until its answer.
    fileprivate(set) var times: [Duration] = []

    var count: Int { times.count }
    /// The share that was not answered with a 200.
    var errorRate: Double { 1 - Double(statuses[200] ?? 0) / Double(max(1, count)) }

    func percentile(_ share: Double) -> Duration {
      times.sorted()[min(count - 1, Int(Double(count) * share))]
    }

    fileprivate static func + (left: Polls, right: Polls) -> Polls {
      Polls(
        statuses: left.statuses.merging(right.statuses, uniquingKeysWith: +),
        times: left.times + right.times)
    }
  }

  private let usher: UsherProcess
  private let tokens: [String]

  /// Joins so many people, whose turn does not come: the one token that the event has for a quarter of
  /// an hour goes to somebody before them.
  init(before usher: UsherProcess, of redis: RedisServer, people: Int) throws {
    self.usher = usher
    try redis.send("HSET", "queue:state:{sale}", "rate", "0.001", "burst", "1")
    let client = usher.client()
    let first = try Self.join("first", by: client)
    let entry = try client.post("/api/v1/queue/enter", json: ["waiting_token": first])
    guard entry.status == 200 else { throw TestFailure("enter: \(entry.text)") }
    tokens = try (0..<people).map { try Self.join("\($0)", by: client) }
  }

  private static func join(_ person: String, by client: HTTPClient) throws -> String {
    let answer = try client.post(
      "/api/v1/queue/join", json: ["event_id": "sale", "user_id": person])
    guard let token = try answer.json()["waiting_token"] as? String else {
      throw TestFailure("join: \(answer.status) \(answer.text)")
    }
    return token
  }

  /// Polls while `body` runs, over one connection for every five polls a second.
  ///
  /// Nobody waits for anybody: a poll that is answered late does not delay those of others, and its
  /// own delay counts from when it was to be sent.
  func polling<Value>(
    perSecond rate: Int, while body: () throws -> Value
  ) throws -> (value: Value, polls: Polls) {
    let connections = max(1, rate / 5)
    let round = Round(interval: .seconds(Double(connections) / Double(rate)))
    for number in 0..<connections {
      let target = "/api/v1/queue/status?token=\(tokens[number % tokens.count])"
      let first = round.began + round.interval * number / connections
      round.start { [usher] in Self.poll(target, by: usher.client(), from: first, in: round) }
    }
    defer { round.end() }
    let value = try body()
    return (value, round.end())
  }

  /// One connection's polls until the round is over.
  private static func poll(
    _ target: String, by client: HTTPClient, from first: ContinuousClock.Instant, in round: Round
  ) -> Polls {
    var polls = Polls()
    var next = first
    while !round.isOver {
      let pause = next - .now
      if pause > .zero { usleep(UInt32(pause / .microseconds(1))) }
      let status = try? client.get(target).status
      polls.statuses[status ?? 0, default: 0] += 1
      polls.times.append(.now - next)
      next += round.interval
    }
    return polls
  }
}

/// The threads of one ``Crowd/polling(perSecond:while:)``.
private final class Round: Sendable {
  let began = ContinuousClock.now
  let interval: Duration
  private let over = Atomic(false)
  private let running = DispatchGroup()
  private let polls = Lock(Crowd.Polls())

  init(interval: Duration) {
    self.interval = interval
  }

  var isOver: Bool { over.load(ordering: .relaxed) }

  func start(_ body: @escaping @Sendable () -> Crowd.Polls) {
    running.enter()
    Thread { [self] in
      let result = body()
      polls.withLock { $0 = $0 + result }
      running.leave()
    }.start()
  }

  /// Everybody's polls, when the last one is answered.
  @discardableResult
  func end() -> Crowd.Polls {
    over.store(true, ordering: .relaxed)
    running.wait()
    return polls.withLock { $0 }
  }
}
