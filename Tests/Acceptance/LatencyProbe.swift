import Foundation
import Locking
import TestSupport

/// A client that asks for a place now and then while others do something else, and notes how long each
/// answer took.
final class LatencyProbe: Sendable {
  private struct State {
    var times: [Duration] = []
    var faults: [String] = []
    var isLeaving = false
    var hasLeft = false
  }

  private let state = Lock(State())

  /// Comes, and asks from now on, a pause after each answer.
  init(at door: UsherFixture, every pause: Duration = .milliseconds(10)) throws {
    let gateway = door.gateway()
    let token = try gateway.token(joining: "neighbours")
    let microseconds = UInt32(pause / .microseconds(1))
    // The gateway is for that one thread from now on.
    nonisolated(unsafe) let way = gateway
    Thread { [self] in
      while !state.withLock({ $0.isLeaving }) {
        ask(way, token)
        usleep(microseconds)
      }
      state.withLock { $0.hasLeft = true }
    }.start()
  }

  private func ask(_ gateway: Gateway, _ token: String) {
    let began = ContinuousClock.now
    let outcome = Result { try gateway.status(of: token) }
    let took = ContinuousClock.now - began
    state.withLock {
      switch outcome {
      case .success(let answer) where answer.status == 200: $0.times.append(took)
      case .success(let answer): $0.faults.append("\(answer.status) \(answer.text)")
      case .failure(let error): $0.faults.append("\(error)")
      }
    }
  }

  /// Notes times anew.
  func forget() {
    state.withLock { $0.times = [] }
  }

  /// How long half of the answers took at most.
  func median() throws -> Duration {
    let (times, faults) = state.withLock { ($0.times.sorted(), $0.faults) }
    guard times.count >= 20 else {
      throw TestFailure("only \(times.count) answers: \(times.prefix(5)) \(faults.prefix(3))")
    }
    return times[times.count / 2]
  }

  /// Waits until it has gone, and returns what it got instead of places.
  func leave() throws -> [String] {
    state.withLock { $0.isLeaving = true }
    try eventually("the probe leaves") { state.withLock { $0.hasLeft } }
    return state.withLock { $0.faults }
  }
}
