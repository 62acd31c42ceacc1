import Testing

@testable import Redis

@Suite struct BackoffTests {
  private let backoff = Backoff(first: .milliseconds(50), longest: .seconds(2))

  @Test("the longest pause doubles with each failure, up to the limit")
  func growth() {
    let pauses = (1...8).map { backoff.pause(afterFailures: $0, jitter: 1) }
    #expect(pauses == [50, 100, 200, 400, 800, 1600, 2000, 2000].map { .milliseconds($0) })
    #expect(backoff.pause(afterFailures: .max, jitter: 1) == .seconds(2))
  }

  @Test("jitter takes any part of it")
  func jitter() {
    #expect(backoff.pause(afterFailures: 2, jitter: 0) == .zero)
    #expect(backoff.pause(afterFailures: 2, jitter: 0.25) == .milliseconds(25))
  }
}
