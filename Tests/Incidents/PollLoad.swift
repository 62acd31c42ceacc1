import Dispatch
import Foundation
import Locking
import Synchronization
import TestSupport

/// People at one event, `sale`, who poll, so many times a second all together, whatever comes back and
/// however late.
struct PollLoad: Sendable {
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

  private let fixture: UsherFixture
  private let tokens: [String]

  /// Joins so many people, whose turn does not come: the one token that the event has for a quarter of
  /// an hour goes to another person before them.
  init(on fixture: UsherFixture, people: Int) throws {
    self.fixture = fixture
    try fixture.store.send("HSET", "queue:state:{sale}", "rate", "0.001", "burst", "1")
    let gateway = fixture.gateway()
    _ = try gateway.grant(entering: gateway.token(joining: "sale", as: "first"))
    tokens = try (0..<people).map { try gateway.token(joining: "sale", as: "\($0)") }
  }

  /// Polls while `body` runs, over one connection for every five polls a second.
  ///
  /// A poll that is answered late delays none of another connection, and its own delay counts from when
  /// it was to be sent.
  func polling<Value>(
    perSecond rate: Int, while body: () throws -> Value
  ) throws -> (value: Value, polls: Polls) {
    let connections = max(1, rate / 5)
    let round = PollRun(interval: .seconds(Double(connections) / Double(rate)))
    for number in 0..<connections {
      let token = tokens[number % tokens.count]
      let first = round.began + round.interval * number / connections
      round.start { [fixture] in
        Self.poll(token, by: fixture.gateway(), from: first, in: round)
      }
    }
    defer { round.end() }
    let value = try body()
    return (value, round.end())
  }

  /// One connection's polls until the round is over.
  private static func poll(
    _ token: String, by gateway: Gateway, from first: ContinuousClock.Instant, in round: PollRun
  ) -> Polls {
    var polls = Polls()
    var next = first
    while !round.isOver {
      let pause = next - .now
      if pause > .zero { usleep(UInt32(pause / .microseconds(1))) }
      let status = try? gateway.status(of: token).status
      polls.statuses[status ?? 0, default: 0] += 1
      polls.times.append(.now - next)
      next += round.interval
    }
    return polls
  }
}

/// The threads of one ``PollLoad/polling(perSecond:while:)``.
private final class PollRun: Sendable {
  let began = ContinuousClock.now
  let interval: Duration
  private let over = Atomic(false)
  private let running = DispatchGroup()
  private let polls = Lock(PollLoad.Polls())

  init(interval: Duration) {
    self.interval = interval
  }

  var isOver: Bool { over.load(ordering: .relaxed) }

  func start(_ body: @escaping @Sendable () -> PollLoad.Polls) {
    running.enter()
    Thread { [self] in
      let result = body()
      polls.withLock { $0 = $0 + result }
      running.leave()
    }.start()
  }

  /// All polls, when the last one is answered.
  @discardableResult
  func end() -> PollLoad.Polls {
    over.store(true, ordering: .relaxed)
    running.wait()
    return polls.withLock { $0 }
  }
}
