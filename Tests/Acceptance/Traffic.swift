import Foundation
import Locking
import TestSupport

/// A steady mix of requests (join, status, enter, leave, verify), each answer timed, for as long as a test
/// does something to Redis.
///
/// Each person asks at fixed times. What falls into a time when the last answer is still awaited is left
/// out, so that no burst follows a stall: what Redis sees after it is usher's doing.
///
/// One more client verifies a grant all the time, which takes no Redis: the time for that is the
/// machine's.
final class Traffic: Sendable {
  enum Route: String, CaseIterable, Sendable {
    case join, status, enter, leave, verify
  }

  struct Answer: Sendable {
    let route: Route
    let sentAt: ContinuousClock.Instant
    let took: Duration
    /// 0 if there was none.
    let status: Int
    /// What else there is to say about a failure.
    let text: String

    /// Whether usher did what it is for. A refusal for good reason, such as `NOT_READY`, is no failure.
    var isSuccess: Bool { (200..<500).contains(status) && status != 429 }
  }

  private struct State {
    var answers: [Answer] = []
    var verifications: [Answer] = []
    var isOver = false
    var people: Int
  }

  private let state: Lock<State>

  /// Begins.
  ///
  /// - Parameters:
  ///   - people: How many threads ask, each over a connection of its own.
  ///   - perSecond: How many requests all of them send together.
  init(at usher: UsherProcess, people: Int = 5, perSecond: Double = 100) {
    state = Lock(State(people: people + 1))
    let pause = Duration.seconds(Double(people) / perSecond)
    let began = ContinuousClock.now
    for number in 0..<people {
      let first = began + pause * number / people
      Thread {
        let asker = Asker(number, at: usher)
        self.ask(from: first, every: pause, into: \.answers) { asker.ask() }
      }.start()
    }
    Thread {
      let asker = Asker(people, at: usher)
      self.ask(from: began, every: .milliseconds(20), into: \.verifications) { asker.ask(.verify) }
    }.start()
  }

  /// Those to requests that were sent in a span of time, as far as they have come.
  func answers(
    from start: ContinuousClock.Instant, to end: ContinuousClock.Instant
  ) -> [Answer] {
    state.withLock { $0.answers.filter { $0.sentAt >= start && $0.sentAt < end } }
  }

  /// Ends, waits for what is under way, and returns all answers.
  func stop() throws -> [Answer] {
    state.withLock { $0.isOver = true }
    try eventually("all people have gone", within: .seconds(30)) {
      state.withLock { $0.people == 0 }
    }
    return state.withLock { $0.answers }
  }

  /// How long the machine alone delayed this answer, at the most.
  func delay(of answer: Answer) -> Duration {
    let end = answer.sentAt + answer.took
    return state.withLock { state in
      state.verifications.lazy
        .filter { $0.sentAt < end && answer.sentAt < $0.sentAt + $0.took }
        .map(\.took).max() ?? .zero
    }
  }

  private func ask(
    from first: ContinuousClock.Instant, every pause: Duration,
    into answers: WritableKeyPath<State, [Answer]>, _ ask: () -> Answer
  ) {
    var next = first
    while !state.withLock({ $0.isOver }) {
      let now = ContinuousClock.now
      if now < next {
        usleep(UInt32(min(max((next - now) / .microseconds(1), 1), 50_000)))
        continue
      }
      let answer = ask()
      state.withLock { $0[keyPath: answers].append(answer) }
      while next <= .now { next += pause }
    }
    state.withLock { $0.people -= 1 }
  }
}

/// One of those who ask, and what it has got so far. For one thread.
private final class Asker {
  private let gateway: Gateway
  private let event: String
  private let name: String
  private var tokens: [String] = []
  private var grant = "none yet"
  private var turn = 0

  init(_ number: Int, at usher: UsherProcess) {
    gateway = Gateway(usher)
    event = "show-\(number % 3)"
    name = "person \(number)"
  }

  /// Sends the next request of the mix and waits for its answer.
  func ask() -> Traffic.Answer {
    turn += 1
    return ask(nextRoute)
  }

  /// Sends a request and waits for its answer.
  func ask(_ route: Traffic.Route) -> Traffic.Answer {
    let sentAt = ContinuousClock.now
    do {
      let answer = try send(route)
      let took = ContinuousClock.now - sentAt
      try learn(from: answer, to: route)
      return Traffic.Answer(
        route: route, sentAt: sentAt, took: took, status: answer.status,
        text: answer.status < 500 ? "" : answer.text)
    } catch {
      return Traffic.Answer(
        route: route, sentAt: sentAt, took: .now - sentAt, status: 0, text: "\(error)")
    }
  }

  private var nextRoute: Traffic.Route {
    if tokens.isEmpty { return .join }
    switch turn % 10 {
    case 0: return .join
    case 3: return .enter
    case 5: return .verify
    case 7: return tokens.count > 2 ? .leave : .status
    default: return .status
    }
  }

  private func send(_ route: Traffic.Route) throws -> HTTPResponse {
    switch route {
    case .join: try gateway.join(event, as: "\(name), \(turn)")
    case .status: try gateway.status(of: tokens[turn % tokens.count])
    case .enter: try gateway.enter(with: tokens[0])
    case .leave: try gateway.leave(with: tokens[0])
    case .verify: try gateway.verify(grant)
    }
  }

  private func learn(from answer: HTTPResponse, to route: Traffic.Route) throws {
    switch (route, answer.status) {
    case (.join, 202): tokens.append(try answer.text("waiting_token"))
    case (.enter, 200):
      grant = try answer.text("reservation_token")
      tokens.removeFirst()
    case (.leave, 200), (.leave, 404), (.enter, 404): tokens.removeFirst()
    default: break
    }
  }
}
