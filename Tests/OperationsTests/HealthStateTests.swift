import Loop
import Testing

@testable import Operations

@Suite("HealthState")
struct HealthStateTests {
  private static let grace = Duration.seconds(30)

  private static func second(_ seconds: Int64) -> Instant {
    Instant(nanoseconds: seconds * 1_000_000_000)
  }

  private static func state(demandsRedis: Bool = true) -> HealthState {
    HealthState(readyGrace: grace, demandsRedis: demandsRedis)
  }

  @Test(
    "before Redis answered once it is not ready, in either mode", arguments: [true, false])
  func start(demandsRedis: Bool) {
    let report = Self.state(demandsRedis: demandsRedis).report(at: Self.second(0))
    #expect(!report.isReady)
    #expect(report.failing.map(\.name) == ["redis"])
    #expect(report.failing.first?.words == "has not answered since the start")
  }

  @Test("all checks are named, in the same order, whether they pass or not")
  func names() {
    var state = Self.state()
    let names = ["settings", "redis", "draining"]
    #expect(state.report(at: Self.second(0)).checks.map(\.name) == names)
    state.redisAnswered(at: Self.second(1))
    state.drainingBegan()
    #expect(state.report(at: Self.second(1)).checks.map(\.name) == names)
  }

  @Test("one good check makes it ready, for exactly as long as the grace")
  func grace() {
    var state = Self.state()
    state.redisAnswered(at: Self.second(100))
    #expect(state.report(at: Self.second(100)).isReady)
    #expect(state.report(at: Self.second(130)).isReady)
    let late = state.report(at: Self.second(130) + .nanoseconds(1))
    #expect(!late.isReady)
    #expect(late.failing.map(\.name) == ["redis"])
  }

  @Test("a slow check changes nothing; the next good one renews the grace")
  func renewal() {
    var state = Self.state()
    state.redisAnswered(at: Self.second(0))
    #expect(state.report(at: Self.second(29)).isReady)
    state.redisAnswered(at: Self.second(29))
    #expect(state.report(at: Self.second(59)).isReady)
    #expect(!state.report(at: Self.second(60)).isReady)
    state.redisAnswered(at: Self.second(61))
    #expect(state.report(at: Self.second(61)).isReady)
  }

  @Test("a failure within the grace is told and does not end readiness")
  func failureWithinGrace() {
    var state = Self.state()
    state.redisAnswered(at: Self.second(0))
    state.redisFailed(because: "timeout after 10 s")
    let report = state.report(at: Self.second(12))
    #expect(report.isReady)
    #expect(report.checks[1].words == "answered 12.0 s ago: timeout after 10 s")
  }

  @Test("after the grace the words say since when, how long is allowed, and why")
  func words() {
    var state = Self.state()
    state.redisAnswered(at: Self.second(0))
    state.redisFailed(because: "connection refused")
    #expect(
      state.report(at: Self.second(45)).failing.first?.words
        == "answered 45.0 s ago, more than the 30.0 s of ready-grace: connection refused")
  }

  @Test("a good check ends the failure's words")
  func answersAgain() {
    var state = Self.state()
    state.redisFailed(because: "connection refused")
    #expect(
      state.report(at: Self.second(0)).checks[1].words
        == "has not answered since the start: connection refused")
    state.redisAnswered(at: Self.second(1))
    #expect(state.report(at: Self.second(1)).checks[1].words == "answered 0.0 s ago")
  }

  @Test(
    "with ready-redis=startup one answer is enough for ever, and the words still tell the truth")
  func startupMode() {
    var state = Self.state(demandsRedis: false)
    state.redisAnswered(at: Self.second(0))
    state.redisFailed(because: "gone")
    let report = state.report(at: Self.second(1000))
    #expect(report.isReady)
    #expect(report.checks[1].words.contains("more than the 30.0 s"))
  }

  @Test("draining ends readiness in either mode, and nothing brings it back")
  func draining() {
    for demandsRedis in [true, false] {
      var state = Self.state(demandsRedis: demandsRedis)
      state.redisAnswered(at: Self.second(0))
      state.drainingBegan()
      #expect(state.report(at: Self.second(0)).failing.map(\.name) == ["draining"])
      state.redisAnswered(at: Self.second(1))
      #expect(!state.report(at: Self.second(1)).isReady)
    }
  }

  @Test("what fails together is told together")
  func several() {
    var state = Self.state()
    state.drainingBegan()
    #expect(state.report(at: Self.second(0)).failing.map(\.name) == ["redis", "draining"])
  }
}
