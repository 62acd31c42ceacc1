import Loop

/// Whether this sidecar should get traffic.
///
/// A slow Redis is not a dead one: what counts is how old the last good check is, not how long the
/// present one takes. Asking never asks Redis; it repeats the last word of a check that runs by
/// itself.
public struct HealthState: Sendable {
  private let readyGrace: Duration
  private let readyRedis: ReadyRedis
  private var lastGoodCheck: Instant?
  private var lastFailure: String?
  private var isDraining = false

  /// The state of a sidecar that has its settings and has not seen Redis yet.
  public init(readyGrace: Duration, readyRedis: ReadyRedis) {
    self.readyGrace = readyGrace
    self.readyRedis = readyRedis
  }

  /// A check of Redis went well.
  public mutating func redisAnswered(at now: Instant) {
    lastGoodCheck = now
    lastFailure = nil
  }

  /// A check of Redis did not; `reason` is for whoever asks why.
  public mutating func redisFailed(because reason: String) {
    lastFailure = reason
  }

  /// This sidecar is about to stop; it will not be ready again.
  public mutating func drainingBegan() {
    isDraining = true
  }

  /// What there is to say at `now`.
  public func report(at now: Instant) -> HealthReport {
    HealthReport(checks: [
      HealthReport.Check(name: "settings", passes: true, words: "loaded"),
      redis(at: now),
      HealthReport.Check(
        name: "draining", passes: !isDraining,
        words: isDraining ? "this sidecar is stopping" : "no"),
    ])
  }

  private func redis(at now: Instant) -> HealthReport.Check {
    let because = lastFailure.map { ": \($0)" } ?? ""
    guard let lastGoodCheck else {
      return HealthReport.Check(
        name: "redis", passes: false, words: "has not answered since the start\(because)")
    }
    let age = now - lastGoodCheck
    let words = "answered \(Self.tenths(age)) s ago"
    if age <= readyGrace {
      return HealthReport.Check(name: "redis", passes: true, words: words + because)
    }
    return HealthReport.Check(
      name: "redis", passes: readyRedis == .startup,
      words: "\(words), more than the \(Self.tenths(readyGrace)) s of ready-grace\(because)")
  }

  private static func tenths(_ duration: Duration) -> Double {
    (duration.seconds * 10).rounded(.down) / 10
  }
}

/// What readiness demands of Redis.
public enum ReadyRedis: String, CaseIterable, Sendable {
  /// A good check within ready-grace, all the time.
  case required
  /// One good check since the start. Without Redis this sidecar then stays ready and says 503 itself, in
  /// words, where an empty list of endpoints would be a bare 502.
  case startup
}

/// Each check of readiness, and what it says.
public struct HealthReport: Equatable, Sendable {
  /// One of them.
  public struct Check: Equatable, Sendable {
    /// In one word.
    public let name: String
    /// Whether it lets this sidecar be ready.
    public let passes: Bool
    /// What it found, for people.
    public let words: String
  }

  /// All of them, always the same and in the same order.
  public let checks: [Check]

  /// Whether all pass.
  public var isReady: Bool { checks.allSatisfy(\.passes) }

  /// Those that do not.
  public var failing: [Check] { checks.filter { !$0.passes } }
}
