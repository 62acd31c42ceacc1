import Synchronization

/// How many events there are, as one process knows: the back office counts the registry with each round
/// of maintenance, and fronts add those that they create in between. Several sidecars may so create a few
/// more than a limit allows, but no more than come in the time of a round.
package final class EventCensus: Sendable {
  private let count = Atomic<Int>(0)

  /// A census in which none was counted yet.
  package init() {}

  /// How many there are.
  var events: Int { count.load(ordering: .relaxed) }

  /// The registry has so many.
  func counted(_ events: Int) {
    count.store(events, ordering: .relaxed)
  }

  /// One more is being created.
  func created() {
    count.add(1, ordering: .relaxed)
  }
}
