import Loop
import Testing

@testable import Redis

@Suite struct RetryMachineTests {
  private var machine = RetryMachine(deadline: Self.time(600))
  private let node = SocketAddress.tcp(host: "node", port: 1)

  private static func time(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  private func server(_ code: String, _ message: String = "") -> RedisError {
    .server(code: code, message: message)
  }

  private mutating func failed(
    _ error: RedisError, at milliseconds: Int64 = 0, jitter: Double = 0
  ) -> RetryMachine.Step {
    machine.failed(error, at: node, now: Self.time(milliseconds), jitter: jitter)
  }

  private struct GaveUp: Error {}

  @Test("goes where it is sent, at once, but not for ever")
  mutating func redirects() throws {
    let moved = server("MOVED", "1 a:1")
    let redirection = try #require(Redirection(moved, from: node))
    for _ in 0..<5 { #expect(failed(moved) == .follow(redirection)) }
    #expect(failed(moved) == .giveUp(moved))
  }

  @Test(
    "waits for what may be over in a moment",
    arguments: [
      (RedisError.server(code: "TRYAGAIN", message: ""), RetryMachine.Cause.redirect(.tryAgain)),
      (.server(code: "LOADING", message: ""), .retry(.loading)),
      (.server(code: "MASTERDOWN", message: ""), .retry(.masterDown)),
      (.server(code: "CLUSTERDOWN", message: ""), .retry(.clusterDown)),
      (.server(code: "READONLY", message: ""), .retry(.readOnly)),
      (.connectionLost("why"), .retry(.connectionLost)),
      (.unavailable("why"), .retry(.unavailable)),
    ])
  mutating func waits(error: RedisError, cause: RetryMachine.Cause) {
    #expect(failed(error) == .wait(.milliseconds(5), cause))
  }

  @Test(
    "does not repeat what would end the same",
    arguments: [
      RedisError.poolExhausted, .circuitOpen, .timeout, .protocolViolation("why"),
      .server(code: "OOM", message: ""), .server(code: "NOAUTH", message: ""),
      .server(code: "NOPERM", message: ""), .server(code: "BUSY", message: ""),
      .server(code: "NOSCRIPT", message: ""), .server(code: "ERR", message: ""),
      .server(code: "MISCONF", message: ""), .server(code: "NOREPLICAS", message: ""),
    ])
  mutating func givesUp(error: RedisError) {
    #expect(failed(error) == .giveUp(error))
  }

  @Test("pauses double, and chance makes them longer by as much again")
  mutating func pauses() {
    let error = server("TRYAGAIN")
    for (longest, jitter) in zip([10, 20, 40, 80, 160, 320], [0, 0.5, 0, 0.5, 0, 0.5]) {
      let pause = Duration.milliseconds(longest) / 2 * (1 + jitter)
      #expect(failed(error, jitter: jitter) == .wait(pause, .redirect(.tryAgain)))
    }
    #expect(failed(error) == .giveUp(error))
  }

  @Test("no pause reaches the deadline, and nothing is tried after it")
  mutating func deadline() {
    let error = server("TRYAGAIN")
    #expect(failed(error, at: 594) == .wait(.milliseconds(5), .redirect(.tryAgain)))
    #expect(failed(error, at: 590) == .giveUp(error))
    let moved = server("MOVED", "1 a:1")
    #expect(failed(moved, at: 600) == .giveUp(moved))
  }

  @Test("after a pause it may be sent on as often again")
  mutating func redirectsAfterPauses() throws {
    let ask = server("ASK", "1 a:1")
    let redirection = try #require(Redirection(ask, from: node))
    for _ in 0..<3 {
      for _ in 0..<5 { #expect(failed(ask) == .follow(redirection)) }
      guard case .wait = failed(server("TRYAGAIN")) else { throw GaveUp() }
    }
  }

  @Test("what may have been done is not denied because it was not done again")
  mutating func doubt() {
    _ = failed(.connectionLost("first"))
    #expect(failed(.poolExhausted) == .giveUp(.connectionLost("first")))
    #expect(machine.verdict(.timeout) == .connectionLost("first"))
  }

  @Test("what was certainly not done is said to be not done")
  mutating func certainty() {
    _ = failed(server("LOADING"))
    #expect(failed(.poolExhausted) == .giveUp(.poolExhausted))
    #expect(machine.verdict(.timeout) == .timeout)
  }
}
