import Glibc
import Testing

@testable import Loop

/// Each test has a thread of its own, which alone blocks the signals and alone gets them: other
/// tests notice nothing.
@Suite("Signals")
struct SignalsTests {
  @Test("a blocked signal becomes an event, also one sent before the loop watched")
  func event() throws {
    let heard = try onOwnThread {
      try Signals.block([SIGUSR1, SIGUSR2])
      pthread_kill(pthread_self(), SIGUSR1)
      let loop = try Loop()
      var heard: [Int32] = []
      let signals = try Signals([SIGUSR1, SIGUSR2], on: loop) { heard.append($0) }
      try loop.turn { heard.count == 1 }
      loop.schedule(after: .zero) { pthread_kill(pthread_self(), SIGUSR2) }
      try loop.turn { heard.count == 2 }
      withExtendedLifetime(signals) {}
      return heard
    }
    #expect(heard == [SIGUSR1, SIGUSR2])
  }

  @Test("two signals at once are both heard")
  func two() throws {
    let heard = try onOwnThread {
      try Signals.block([SIGUSR1, SIGUSR2])
      let loop = try Loop()
      var heard: Set<Int32> = []
      let signals = try Signals([SIGUSR1, SIGUSR2], on: loop) { heard.insert($0) }
      pthread_kill(pthread_self(), SIGUSR1)
      pthread_kill(pthread_self(), SIGUSR2)
      try loop.turn { heard.count == 2 }
      withExtendedLifetime(signals) {}
      return heard
    }
    #expect(heard == [SIGUSR1, SIGUSR2])
  }

  @Test("signals that were not named are not heard")
  func others() throws {
    let heard = try onOwnThread {
      try Signals.block([SIGUSR1, SIGUSR2])
      let loop = try Loop()
      var heard: [Int32] = []
      let signals = try Signals([SIGUSR2], on: loop) { heard.append($0) }
      pthread_kill(pthread_self(), SIGUSR1)
      pthread_kill(pthread_self(), SIGUSR2)
      try loop.turn { !heard.isEmpty }
      try loop.turn(waitingAtMost: .zero)
      withExtendedLifetime(signals) {}
      return heard
    }
    #expect(heard == [SIGUSR2])
  }

  @Test("nothing is heard once it went away, and its loop lives on")
  func goneAway() throws {
    let heard = try onOwnThread {
      try Signals.block([SIGUSR1])
      let loop = try Loop()
      var heard: [Int32] = []
      var signals: Signals? = try Signals([SIGUSR1], on: loop) { heard.append($0) }
      #expect(signals != nil)
      signals = nil
      pthread_kill(pthread_self(), SIGUSR1)
      try loop.turn(waitingAtMost: .zero)
      return heard
    }
    #expect(heard == [])
  }

  @Test("a handler may put another in its place, which gets the signals from then on")
  func replacedInHandler() throws {
    let heard = try onOwnThread {
      try Signals.block([SIGUSR1, SIGUSR2])
      let loop = try Loop()
      var heard: [String] = []
      var signals: Signals?
      signals = try Signals([SIGUSR1, SIGUSR2], on: loop) {
        heard.append("first: \($0)")
        // The second is likely to get the number of the first.
        signals = nil
        signals = try? Signals([SIGUSR1, SIGUSR2], on: loop) { heard.append("second: \($0)") }
      }
      pthread_kill(pthread_self(), SIGUSR1)
      pthread_kill(pthread_self(), SIGUSR2)
      try loop.turn { heard.count == 2 }
      withExtendedLifetime(signals) {}
      return heard
    }
    #expect(heard == ["first: \(SIGUSR1)", "second: \(SIGUSR2)"])
  }
}
