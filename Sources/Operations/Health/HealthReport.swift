/// Each check of readiness, and what it says.
package struct HealthReport: Equatable, Sendable {
  /// One of them.
  package struct Check: Equatable, Sendable {
    /// In one word.
    package let name: String
    /// Whether it lets this sidecar be ready.
    package let passes: Bool
    /// What it found, for people.
    package let words: String
  }

  /// All of them, always the same and in the same order.
  package let checks: [Check]

  /// Whether all pass.
  package var isReady: Bool { checks.allSatisfy(\.passes) }

  /// Those that do not.
  package var failing: [Check] { checks.filter { !$0.passes } }
}
