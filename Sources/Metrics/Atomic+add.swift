import Synchronization

extension Atomic<Double> {
  /// Adds, again when another thread was faster.
  func add(_ difference: Double) {
    var current = load(ordering: .relaxed)
    while true {
      let (exchanged, original) = weakCompareExchange(
        expected: current, desired: current + difference, ordering: .relaxed)
      if exchanged { return }
      current = original
    }
  }
}
