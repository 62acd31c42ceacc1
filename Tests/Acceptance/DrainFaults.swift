import Foundation
import Locking
import TestSupport
import Testing

extension WholeProgram {
  /// SIGTERM while as much is asked as clients can ask.
  @Suite("stopping under load", .tags(.fault, .long))
  struct DrainFaults {
    /// What came of a round.
    struct Outcome: Sendable {
      /// Everything that was not as it should be.
      let faults: [String]
      /// How long after the signal the last was asked who said ready.
      let readyFor: Duration
    }

    /// What differs from round to round.
    struct Round: Sendable {
      let number: Int
      /// Every fifth finds Redis frozen.
      var isFrozen: Bool { number % 5 == 4 }
      /// Every second has time for load balancers.
      var drainDelay: Duration { .milliseconds(number % 2 == 0 ? 0 : 300) }

      func run() throws -> Outcome {
        // A machine that is too busy must not look like a Redis that fails.
        let patience = isFrozen ? "500ms" : "10s"
        let fixture = try UsherFixture(
          redis: .standalone,
          flags: [
            "--fronts", "2", "--drain-delay", "\(Int(drainDelay / .milliseconds(1)))ms",
            "--redis-timeout", patience, "--drain-timeout", "20s",
          ], secret: "a secret of these tests")
        let rush = try Rush(at: fixture)
        try eventually("it is under load") { rush.count >= 200 }
        if isFrozen {
          try fixture.server.kill(SIGSTOP)
          usleep(100_000)
        }
        let watch = ReadinessWatch(fixture.usher)
        try eventually("it is ready") { watch.hasSeenReady }
        let signalled = ContinuousClock.now
        try fixture.usher.kill(SIGTERM)
        let code = try fixture.usher.wait()
        let ended = ContinuousClock.now - signalled
        let faults =
          faults(of: try rush.end(), signalled: signalled)
          + (code == 0 ? [] : ["exit code \(code)"])
          + (ended < drainDelay + .seconds(5) ? [] : ["it took \(ended)"])
        return Outcome(
          faults: faults.map { "round \(number): \($0)" },
          readyFor: try watch.lastReady() - signalled)
      }

      private func faults(
        of requests: [Rush.Request], signalled: ContinuousClock.Instant
      ) -> [String] {
        // What has left the client may still be on its way through the kernel of a busy machine.
        let closing = signalled + drainDelay - .milliseconds(20)
        let faults = requests.compactMap { request -> String? in
          let at = "\(request.sentAt - signalled) after the signal"
          switch request.end {
          case .answered(let status) where !isFrozen && status != 200:
            return "\(status), sent \(at)"
          case .cutOff, .silent: return "\(request.end), sent \(at)"
          // To a client that asks after usher has stopped listening, the kernel says so.
          case .unanswered where request.sentAt < closing:
            return "no answer on a \(request.isFirst ? "new" : "kept") connection, sent \(at)"
          default: return nil
          }
        }
        return Array(faults.prefix(5))
      }
    }

    private static let rounds = Selection.amount(normal: 10, long: 50)

    @Test("no answer is cut off, what was asked before is answered, and the code is 0")
    func stops() throws {
      let rounds = (0..<Self.rounds).map { Round(number: $0) }
      var outcomes: [Outcome] = []
      for start in stride(from: 0, to: rounds.count, by: 5) {
        outcomes += try parallel(5) { try rounds[start + $0].run() }
      }
      #expect(outcomes.flatMap(\.faults) == [])
      // A busy machine may leave a process alone for a moment: one in ten is given a second.
      let readyFor = outcomes.map(\.readyFor).sorted()
      #expect(readyFor[rounds.count * 9 / 10 - 1] <= .milliseconds(100), "\(readyFor)")
      #expect(readyFor[rounds.count - 1] <= .seconds(1))
    }
  }
}

/// Clients that ask without a pause until usher listens no more: some keep their connection, some make
/// one for each request.
private final class Rush: Sendable {
  enum End: Equatable, Sendable {
    case answered(Int)
    /// The connection was closed in the middle of an answer.
    case cutOff
    /// The connection was closed, or could not be made, and not a byte of an answer came.
    case unanswered
    case silent
  }

  struct Request: Sendable {
    let sentAt: ContinuousClock.Instant
    let end: End
    /// Whether it was the first on its connection.
    let isFirst: Bool
  }

  private struct State {
    var requests: [Request] = []
    var clients = 8
  }

  private let state = Lock(State())

  init(at fixture: UsherFixture) throws {
    let token = try fixture.gateway().token(joining: "show", as: "A")
    for number in 0..<8 {
      let usher = fixture.usher
      Thread {
        self.ask(
          usher.client(timeout: .seconds(20)), token, keepsConnection: number % 2 == 0)
      }.start()
    }
  }

  /// How many answers there are so far.
  var count: Int { state.withLock { $0.requests.count } }

  /// Waits until all have met closed doors.
  func end() throws -> [Request] {
    try eventually("all clients have ended", within: .seconds(30)) {
      state.withLock { $0.clients == 0 }
    }
    return state.withLock { $0.requests }
  }

  private func ask(_ client: HTTPClient, _ token: String, keepsConnection: Bool) {
    let request = Array(Gateway.statusRequest(of: token).utf8)
    var isOver = false
    while !isOver {
      if !keepsConnection { client.close() }
      let isFirst = !client.isConnected
      // What cannot even be connected to was never asked.
      guard (try? client.connect()) != nil else { break }
      var sentAt = ContinuousClock.now
      let end = Self.end {
        try client.write(request)
        sentAt = .now
      } _: {
        try client.response().status
      }
      state.withLock {
        $0.requests.append(Request(sentAt: sentAt, end: end, isFirst: isFirst))
      }
      if case .answered = end { continue }
      // A connection that was idle may have been closed just now; a new one tells.
      isOver = end != .unanswered
    }
    state.withLock { $0.clients -= 1 }
  }

  private static func end(_ write: () throws -> Void, _ read: () throws -> Int) -> End {
    do {
      try write()
      return .answered(try read())
    } catch ClientError.cutOff {
      return .cutOff
    } catch ClientError.closed {
      return .unanswered
    } catch {
      return .silent
    }
  }
}

/// Asks for `/readyz` all the time.
private final class ReadinessWatch: Sendable {
  private struct State {
    var lastReady: ContinuousClock.Instant?
    var isOver = false
  }

  private let state = Lock(State())

  init(_ usher: UsherProcess) {
    Thread {
      let admin = usher.admin(timeout: .seconds(5))
      while true {
        let askedAt = ContinuousClock.now
        guard let answer = try? admin.get("/readyz") else { break }
        if answer.status == 200 { self.state.withLock { $0.lastReady = askedAt } }
        usleep(3_000)
      }
      self.state.withLock { $0.isOver = true }
    }.start()
  }

  var hasSeenReady: Bool { state.withLock { $0.lastReady != nil } }

  /// When the last was asked who said ready. To be called when usher has ended.
  func lastReady() throws -> ContinuousClock.Instant {
    try eventually("the admin port is closed") { state.withLock { $0.isOver } }
    guard let lastReady = state.withLock({ $0.lastReady }) else {
      throw TestFailure("it was never ready")
    }
    return lastReady
  }
}
