import Loop

/// Whether this sidecar should get traffic.
///
/// A slow Redis is not a dead one: what counts is how old the last good check is, not how long the
/// present one takes. A report never asks Redis; it repeats the last word of a check that runs by
/// itself.
package struct HealthState: Sendable {
  private let readyGrace: Duration
  private let demandsRedis: Bool
  private var lastGoodCheck: Instant?
  private var lastFailure: String?
  private var isDraining = false

  /// The state of a sidecar that has its settings and has not seen Redis yet.
  ///
  /// - Parameter demandsRedis: Whether readiness takes a good check within `readyGrace` all the time,
  ///   or only one since the start.
  package init(readyGrace: Duration, demandsRedis: Bool) {
    self.readyGrace = readyGrace
    self.demandsRedis = demandsRedis
  }

  /// A check of Redis went well.
  package mutating func redisAnswered(at now: Instant) {
    lastGoodCheck = now
    lastFailure = nil
  }

  /// A check of Redis failed; `reason` is for operators.
  package mutating func redisFailed(because reason: String) {
    lastFailure = reason
  }

  /// This sidecar is about to stop; it will not be ready again.
  package mutating func drainingBegan() {
    isDraining = true
  }

  /// What there is to say at `now`.
  package func report(at now: Instant) -> HealthReport {
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
      name: "redis", passes: !demandsRedis,
      words: "\(words), more than the \(Self.tenths(readyGrace)) s of ready-grace\(because)")
  }

  private static func tenths(_ duration: Duration) -> Double {
    (duration.seconds * 10).rounded(.down) / 10
  }
}
