import Locking
import Loop

/// Whether a relay can deliver: Redis has answered lately, and so has the sink. Any thread may ask.
final class RelayHealth: Sendable {
  private struct State {
    var redisAt: Instant?
    var redisProblem = "has not answered since the start"
    var sinkAt: Instant?
    var sinkProblem: String? = "has not answered since the start"
    var isStopping = false
  }

  private static let grace = Duration.seconds(30)
  private let state = Lock(State())

  func redisAnswered(at now: Instant = .now) {
    state.withLock { $0.redisAt = now }
  }

  func redisFailed(because reason: String) {
    state.withLock { $0.redisProblem = reason }
  }

  func sinkAnswered() {
    state.withLock { $0.sinkProblem = nil }
  }

  func sinkFailed(because reason: String) {
    state.withLock { $0.sinkProblem = reason }
  }

  func stopping() {
    state.withLock { $0.isStopping = true }
  }

  /// What keeps the relay from delivering, in words; empty if nothing does.
  func problems(at now: Instant = .now) -> [String] {
    state.withLock { state in
      var problems: [String] = []
      if state.redisAt.map({ now - $0 > Self.grace }) ?? true {
        problems.append("redis: \(state.redisProblem)")
      }
      if let problem = state.sinkProblem { problems.append("sink: \(problem)") }
      if state.isStopping { problems.append("this relay is stopping") }
      return problems
    }
  }
}
