import Metrics

/// What operators do at the admin port, and what comes of it.
package struct OperatorMetrics: Sendable {
  /// What an operator may do.
  enum Action: String, CaseIterable {
    case set, delete, reset, admit, remove, seats, stock
  }

  /// What can come of it.
  enum Outcome: String, CaseIterable {
    case done
    /// What was asked for is not allowed, or cannot be.
    case refused
    /// Redis did not do it.
    case failed
  }

  private let actions: CounterFamily

  /// Registers the family.
  package init(_ registry: Registry) {
    actions = registry.counter(
      "usher_operator_actions_total",
      help: "What operators did at the admin port, by what came of it.",
      labels: ["action", "outcome"])
    for action in Action.allCases {
      for outcome in Outcome.allCases { _ = actions.cell(action.rawValue, outcome.rawValue) }
    }
  }

  /// Notes what came of an action.
  func count(_ action: Action, _ outcome: Outcome) {
    actions.cell(action.rawValue, outcome.rawValue).increment()
  }
}
