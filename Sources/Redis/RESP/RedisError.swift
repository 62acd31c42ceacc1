/// Why a command has no reply that its caller could use.
package enum RedisError: Error, Equatable, CustomStringConvertible {
  /// All connections were full, and stayed so for as long as a command may wait for room.
  case poolExhausted
  /// The circuit breaker is open: it was not sent, because Redis has just failed too often.
  case circuitOpen
  /// There was no connection to send it on; the sentence says why.
  case unavailable(String)
  /// It was sent, and no reply came in time.
  case timeout
  /// It was sent, and its connection ended before the reply; the sentence says why.
  case connectionLost(String)
  /// Redis answered with an error: its first word, and the rest of the line.
  case server(code: String, message: String)
  /// What came back is not what Redis says; the connection was closed. The sentence says what it
  /// was.
  case protocolViolation(String)

  /// There is no connection yet, and nothing has gone wrong so far.
  static let stillConnecting = RedisError.unavailable("no connection is ready yet")

  /// The cases without what they carry: a bounded label for metrics.
  package enum Kind: String, CaseIterable, Sendable {
    case poolExhausted = "pool_exhausted"
    case circuitOpen = "circuit_open"
    case unavailable
    case timeout
    case connectionLost = "connection_lost"
    case server
    case protocolViolation = "protocol_violation"
  }

  /// Which case it is.
  package var kind: Kind {
    switch self {
    case .poolExhausted: .poolExhausted
    case .circuitOpen: .circuitOpen
    case .unavailable: .unavailable
    case .timeout: .timeout
    case .connectionLost: .connectionLost
    case .server: .server
    case .protocolViolation: .protocolViolation
    }
  }

  /// Whether Redis may have carried the command out, all of it or part: then only a command that
  /// can be replayed may be sent again.
  ///
  /// An error that Redis answers with counts as well unless its code says that nothing was run: a
  /// script that fails half-way keeps what it wrote. (`READONLY` is what its first write gets.)
  package var mayHaveHappened: Bool {
    switch self {
    case .poolExhausted, .circuitOpen, .unavailable: false
    case .timeout, .connectionLost, .protocolViolation: true
    case .server(let code, _): !Self.refusals.contains(code)
    }
  }

  /// The codes with which Redis 7.0 turns a command away before running it.
  private static let refusals: Set<String> = [
    "ASK", "BUSY", "CLUSTERDOWN", "CROSSSLOT", "DENIED", "LOADING", "MASTERDOWN", "MISCONF",
    "MOVED",
    "NOAUTH", "NOPERM", "NOREPLICAS", "NOSCRIPT", "READONLY", "TRYAGAIN",
  ]

  /// One line for people.
  package var description: String {
    switch self {
    case .poolExhausted: "all connections to Redis are busy"
    case .circuitOpen: "Redis has failed too often and is left alone for a moment"
    case .unavailable(let reason): "Redis is unavailable: \(reason)"
    case .timeout: "Redis did not answer in time"
    case .connectionLost(let reason): "the connection to Redis was lost: \(reason)"
    case .server(let code, let message): "Redis answered \(code) \(message)"
    case .protocolViolation(let reason): "Redis did not keep to its protocol: \(reason)"
    }
  }

  /// An error reply's line, `CODE message`.
  init(line: String) {
    let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    self = .server(
      code: words.first.map(String.init) ?? "",
      message: words.count > 1 ? String(words[1]) : "")
  }
}
