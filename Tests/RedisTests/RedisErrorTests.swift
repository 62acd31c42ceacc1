import Testing

@testable import Redis

@Suite struct RedisErrorTests {
  @Test("what cannot have happened may be tried again, everything else only if it is replay-safe")
  func mayHaveHappened() {
    let harmless: [RedisError] = [
      .poolExhausted, .unavailable("no connection"),
      .server(code: "LOADING", message: ""), .server(code: "NOSCRIPT", message: ""),
      .server(code: "MOVED", message: "1 a:1"),
    ]
    let doubtful: [RedisError] = [
      .timeout, .connectionLost("reset"), .protocolViolation("garbage"),
      .server(code: "ERR", message: "user_script:3: nil"), .server(code: "OOM", message: ""),
    ]
    #expect(harmless.allSatisfy { !$0.mayHaveHappened })
    #expect(doubtful.allSatisfy { $0.mayHaveHappened })
  }

  @Test("each case has its label")
  func kinds() {
    let errors: [RedisError] = [
      .poolExhausted, .circuitOpen, .unavailable(""), .timeout, .connectionLost(""),
      .server(code: "", message: ""), .protocolViolation(""),
    ]
    #expect(errors.map(\.kind) == RedisError.Kind.allCases)
    #expect(
      RedisError.Kind.allCases.map(\.rawValue) == [
        "pool_exhausted", "circuit_open", "unavailable", "timeout", "connection_lost", "server",
        "protocol_violation",
      ])
  }
}
