import Metrics
import Queue

/// What Redis lost, as far as this process noticed.
package struct StoreMetrics: Sendable {
  /// Registers the family: how often each kind of loss was noticed by what `store` knows.
  package init(_ registry: Registry, _ store: StoreKnowledge) {
    registry.collect(
      "usher_store_losses_total", kind: .counter,
      help: "Losses noticed, by what showed them: epoch (a Redis lost all), ticks (an event is "
        + "behind what was known), index (index and state of an event disagree).",
      labels: ["kind"]
    ) { Loss.Kind.allCases.map { ([$0.label], Double(store.losses($0))) } }
  }
}

extension Loss.Kind {
  fileprivate var label: String {
    switch self {
    case .epoch: "epoch"
    case .ticks: "ticks"
    case .index: "index"
    }
  }
}
