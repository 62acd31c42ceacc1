import Loop
import Testing

@testable import EmbeddedRedis

@Suite("Supervisor")
struct SupervisorTests {
  private static func at(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  /// A supervisor in each of its states, all of them entered at time 0.
  private enum State: CaseIterable {
    case idle, running, repairing, pausing, stopping, over

    var supervisor: Supervisor {
      var supervisor = Supervisor()
      if self != .idle { _ = supervisor.begin(at: at(0)) }
      if self == .repairing { _ = supervisor.exited(at: at(0), filesAreDamaged: true) }
      if self == .pausing { _ = supervisor.exited(at: at(0)) }
      if self == .stopping || self == .over { _ = supervisor.stop(at: at(0)) }
      if self == .over { _ = supervisor.exited(at: at(0)) }
      return supervisor
    }
  }

  private func actions(_ event: (inout Supervisor) -> Supervisor.Action) -> [Supervisor.Action] {
    State.allCases.map { state in
      var supervisor = state.supervisor
      return event(&supervisor)
    }
  }

  // Idle, running, repairing, pausing, stopping, over.

  @Test("begin starts a server, once")
  func begin() {
    #expect(
      actions { $0.begin(at: Self.at(1)) } == [
        .start, .nothing, .nothing, .nothing, .nothing, .nothing,
      ])
  }

  @Test("an exit is followed by a pause, or by the end if the server was to stop")
  func exited() {
    #expect(
      actions { $0.exited(at: Self.at(1)) }
        == [.nothing, .pause(until: Self.at(251)), .nothing, .nothing, .finish, .nothing])
  }

  @Test(
    "an exit for damaged files is followed by a repair, or by the end if the server was to stop")
  func exitedDamaged() {
    #expect(
      actions { $0.exited(at: Self.at(1), filesAreDamaged: true) }
        == [.nothing, .repair, .nothing, .nothing, .finish, .nothing])
  }

  @Test("a repair that is over is followed by a pause")
  func repairEnded() {
    #expect(
      actions { $0.repairEnded(at: Self.at(1)) }
        == [.nothing, .nothing, .pause(until: Self.at(251)), .nothing, .nothing, .nothing])
  }

  @Test("a failed start is followed by a pause")
  func startFailed() {
    #expect(
      actions { $0.startFailed(at: Self.at(1)) }
        == [.nothing, .pause(until: Self.at(251)), .nothing, .nothing, .finish, .nothing])
  }

  @Test("after a pause, and only then, the server starts again")
  func pauseEnded() {
    #expect(
      actions { $0.pauseEnded(at: Self.at(1)) }
        == [.nothing, .nothing, .nothing, .start, .nothing, .nothing])
  }

  @Test("stop terminates a server that runs, with patience; without one it is over at once")
  func stop() {
    #expect(
      actions { $0.stop(at: Self.at(1)) }
        == [
          .finish, .terminate(patience: Self.at(5001)), .finish, .finish, .nothing, .nothing,
        ])
  }

  @Test("when patience ends, only a server that was told to stop is killed")
  func patienceEnded() {
    #expect(
      actions { $0.patienceEnded() } == [.nothing, .nothing, .nothing, .nothing, .kill, .nothing])
  }

  @Test("pauses double from 250 ms to 5 s, and it never gives up")
  func backoff() {
    var supervisor = Supervisor()
    var now = Self.at(0)
    var pauses: [Duration] = []
    var action = supervisor.begin(at: now)
    for _ in 0..<100 {
      #expect(action == .start)
      now = now + .milliseconds(10)
      guard case .pause(let until) = supervisor.exited(at: now) else { return #expect(Bool(false)) }
      pauses.append(until - now)
      now = until
      action = supervisor.pauseEnded(at: now)
    }
    #expect(
      pauses.prefix(6) == [
        .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(5),
      ])
    #expect(pauses.dropFirst(5).allSatisfy { $0 == .seconds(5) })
  }

  @Test("a server that ran for longer than the longest pause begins with the shortest again")
  func reset() {
    var supervisor = Supervisor()
    _ = supervisor.begin(at: Self.at(0))
    _ = supervisor.exited(at: Self.at(0))
    _ = supervisor.pauseEnded(at: Self.at(250))
    #expect(supervisor.exited(at: Self.at(5250)) == .pause(until: Self.at(5750)))
    _ = supervisor.pauseEnded(at: Self.at(5750))
    #expect(supervisor.exited(at: Self.at(10_751)) == .pause(until: Self.at(11_001)))
  }

  @Test("a stop during a pause is final")
  func stopWhilePausing() {
    var supervisor = State.pausing.supervisor
    #expect(supervisor.stop(at: Self.at(1)) == .finish)
    #expect(supervisor.pauseEnded(at: Self.at(251)) == .nothing)
    #expect(supervisor.begin(at: Self.at(252)) == .nothing)
  }
}
