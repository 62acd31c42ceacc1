import Metrics
import Seats

/// What happens to seats and stock. Families belong to the process; each front takes its own cells.
package struct SeatMetrics: Sendable {
  private static let holdEdges = [0.5, 1.0, 2, 5, 10, 20, 30, 45, 60, 90, 120, 300, 600, 1800]

  let operations: CounterFamily
  let holdDurations: HistogramFamily

  /// Registers the families.
  package init(_ registry: Registry) {
    operations = registry.counter(
      "usher_seat_operations_total",
      help: "Operations on seats and stock, by what came of them; expire counts holds that ended.",
      labels: ["operation", "outcome"])
    holdDurations = registry.histogram(
      "usher_seat_hold_duration_seconds",
      help: "Time from holding seats to giving them back or buying them.", edges: Self.holdEdges)
  }

  /// A cell for holds that were over and ended by themselves.
  package func expired() -> Counter { operations.cell("expire", "expired") }
}

/// One front's cells for what comes of each operation. Confined to the front's thread.
package struct SeatOperationMetrics: OutcomeCounting {
  /// Everything that can come of an operation, as its metric names it.
  enum Outcome: String, CaseIterable {
    case told, unchanged, held, repeated, unavailable, released, confirmed, expired, taken, error
    case soldOut = "sold_out"
    case notFound = "not_found"
    case limitReached = "limit_reached"
    case invalidGrant = "invalid_grant"
    case expiredGrant = "expired_grant"
    case endedSession = "ended_session"
    case alreadyConfirmed = "already_confirmed"
    case alreadyTaken = "already_taken"
  }

  static let failure = Outcome.error

  private let counters: OutcomeCounters<Outcome>
  let holdDurations: Histogram
  /// Holds that were over and ended by themselves.
  package let expired: Counter

  /// Takes the cells of one front.
  package init(_ family: SeatMetrics) {
    counters = OutcomeCounters(
      family.operations,
      [
        .seats: [.told, .unchanged, .notFound, .error],
        .hold: [
          .held, .repeated, .unavailable, .soldOut, .notFound, .limitReached, .invalidGrant,
          .expiredGrant, .endedSession, .error,
        ],
        .release: [.released, .repeated, .alreadyConfirmed, .notFound, .error],
        .confirm: [.confirmed, .repeated, .expired, .notFound, .error],
        .take: [
          .taken, .alreadyTaken, .soldOut, .notFound, .invalidGrant, .expiredGrant, .endedSession,
          .error,
        ],
      ])
    holdDurations = family.holdDurations.cell()
    expired = family.expired()
  }

  /// Notes what came of an operation.
  func count(_ route: Route, _ outcome: Outcome) {
    counters.count(route, outcome)
  }
}
