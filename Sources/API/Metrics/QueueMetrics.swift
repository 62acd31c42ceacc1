import Metrics
import Queue

/// What happens in the lines. Families belong to the process; each front takes its own cells.
package struct QueueMetrics: Sendable {
  private static let waitEdges = [
    1.0, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600,
  ]
  private static let ratioEdges = [0.1, 0.25, 0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4, 10]

  let operations: CounterFamily
  let waits: HistogramFamily
  let etaErrors: HistogramFamily
  private let promises: CounterFamily
  let resumed: CounterFamily
  private let sessions: CounterFamily

  /// Registers the families.
  package init(_ registry: Registry) {
    operations = registry.counter(
      "usher_queue_operations_total", help: "Queue operations, by what came of them.",
      labels: ["operation", "outcome"])
    waits = registry.histogram(
      "usher_queue_wait_duration_seconds", help: "Time from joining to being admitted.",
      edges: Self.waitEdges)
    etaErrors = registry.histogram(
      "usher_queue_eta_error_ratio",
      help: "The wait promised at join divided by the wait until the call (1 = honest), pauses "
        + "left out, for waits over 1 s.",
      edges: Self.ratioEdges)
    promises = registry.counter(
      "usher_queue_promises_total",
      help: "Waits over 1 s for which an interval was promised at join, by whether the call came "
        + "within it (kept), before or after it, pauses left out.",
      labels: ["outcome"])
    for outcome in PromiseOutcome.allCases { _ = promises.cell(outcome.rawValue) }
    resumed = registry.counter(
      "usher_queue_resumed_total", help: "People put back at their place when they came back.")
    sessions = registry.counter(
      "usher_sessions_total", help: "Sessions that began, and how they came to an end.",
      labels: ["outcome"])
    for outcome in SessionOutcome.allCases { _ = sessions.cell(outcome.rawValue) }
  }

  /// What becomes of sessions, as its metric names it.
  package enum SessionOutcome: String, CaseIterable, Sendable {
    case started, ended, expired, removed
  }

  /// What became of the interval that was promised, as its metric names it.
  enum PromiseOutcome: String, CaseIterable, Sendable {
    case kept, early, late
  }

  /// A cell for promises of which that became.
  func promises(_ outcome: PromiseOutcome) -> Counter { promises.cell(outcome.rawValue) }

  /// A cell for sessions of which that became.
  package func sessions(_ outcome: SessionOutcome) -> Counter { sessions.cell(outcome.rawValue) }
}

/// One front's cells for what comes of each operation. Confined to the front's thread.
package struct OperationMetrics: OutcomeCounting {
  /// Everything that can come of an operation, as its metric names it.
  enum Outcome: String, CaseIterable {
    case joined, duplicate, upcoming, closed, full, waiting, granted, repeated
    case notReady = "not_ready"
    case alreadyInside = "already_inside"
    case ready, paused
    case left
    case notFound = "not_found"
    case alreadyAdmitted = "already_admitted"
    case alreadyLeft = "already_left"
    case removed
    case keptOut = "kept_out"
    case expired, valid, invalid, error
    case started, renewed, ended
    case soldOut = "sold_out"
    case tooManyEvents = "too_many_events"
  }

  static let failure = Outcome.error

  private let counters: OutcomeCounters<Outcome>
  let waits: Histogram
  let etaErrors: Histogram
  private let promisesKept: Counter
  private let promisesEarly: Counter
  private let promisesLate: Counter
  let resumed: Counter
  let sessionsStarted: Counter
  let sessionsEnded: Counter

  /// Takes the cells of one front.
  package init(_ family: QueueMetrics) {
    let gone: [Outcome] = [
      .notFound, .alreadyAdmitted, .alreadyLeft, .removed, .expired, .error,
    ]
    counters = OutcomeCounters(
      family.operations,
      [
        .join: [
          .joined, .duplicate, .alreadyAdmitted, .alreadyInside, .upcoming, .closed, .full,
          .soldOut, .notFound, .tooManyEvents, .keptOut, .error,
        ],
        .status: [.waiting, .ready] + gone,
        .enter: [.granted, .repeated, .notReady, .paused] + gone,
        .leave: [.left] + gone,
        .verify: [.valid, .invalid, .error],
        .session: [.started, .repeated, .invalid, .error],
        .renew: [.started, .renewed, .invalid, .error],
        .end: [.ended, .repeated, .invalid, .error],
      ])
    waits = family.waits.cell()
    etaErrors = family.etaErrors.cell()
    promisesKept = family.promises(.kept)
    promisesEarly = family.promises(.early)
    promisesLate = family.promises(.late)
    resumed = family.resumed.cell()
    sessionsStarted = family.sessions(.started)
    sessionsEnded = family.sessions(.ended)
  }

  /// Notes what came of an operation.
  func count(_ route: Route, _ outcome: Outcome) {
    counters.count(route, outcome)
  }

  /// Notes a wait that ended in an admission.
  func count(_ wait: Admission.Wait) {
    waits.observe(wait.actualSeconds)
    // A promise in whole seconds says nothing about a wait that is shorter than one.
    guard let promise = wait.promise, promise.tookSeconds >= 1 else { return }
    etaErrors.observe(Double(promise.seconds) / promise.tookSeconds)
    if promise.tookSeconds < Double(promise.low) {
      promisesEarly.increment()
    } else if promise.tookSeconds > Double(promise.high) {
      promisesLate.increment()
    } else {
      promisesKept.increment()
    }
  }
}

extension OperationMetrics.Outcome {
  init(_ gone: Gone) {
    switch gone {
    case .notFound: self = .notFound
    case .alreadyAdmitted: self = .alreadyAdmitted
    case .alreadyLeft: self = .alreadyLeft
    case .removed: self = .removed
    case .expired: self = .expired
    }
  }
}
