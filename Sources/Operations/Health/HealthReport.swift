/// Each check of readiness, and what it says.
package struct HealthReport: Equatable, Sendable {
  /// One check.
  package struct Check: Equatable, Sendable {
    /// Its name, one word.
    package let name: String
    /// Whether it lets this sidecar be ready.
    package let passes: Bool
    /// What it found, for operators.
    package let words: String
  }

  /// Always the same checks, in the same order.
  package let checks: [Check]

  /// Whether all checks pass.
  package var isReady: Bool { checks.allSatisfy(\.passes) }

  /// The checks that do not pass.
  package var failing: [Check] { checks.filter { !$0.passes } }
}
