import Queue
import Redis

/// One list on its way: the present list is read, then what is missing is added, then what is too much
/// is taken away.
final class SeatPlan {
  private let planner: SeatPlanner
  private let event: EventID
  private let keys: [Key]
  private let name = "\(UInt64.random(in: 0 ... .max))"
  private let completion: (Result<SeatPlanOutcome, RedisError>) -> Void

  private let wanted: [SeatID]
  private var present: [String: SeatState] = [:]
  private var surplus: [String] = []
  private var stay: [String] = []
  private var report = SeatPlanReport(
    counts: SeatCounts(total: 0, available: 0, held: 0, sold: 0), added: 0, removed: 0)

  private static let batch = 500

  /// A list of `planner`'s for an event. Seats that are named twice count once.
  init(
    _ planner: SeatPlanner, _ seats: [SeatID], _ event: EventID,
    _ completion: @escaping (Result<SeatPlanOutcome, RedisError>) -> Void
  ) {
    self.planner = planner
    self.completion = completion
    self.event = event
    keys = SaleKeys(event, in: planner.settings.keys).seats
    var known: Set<SeatID> = []
    wanted = seats.filter { known.insert($0).inserted }
  }

  /// Puts the list in place; completes once.
  func begin() {
    furnish([], begins: true) { [self] in readPage(after: 0) }
  }

  private func readPage(after place: Int64) {
    let arguments = MapScript.arguments(
      planner.settings, at: time, after: place, limit: BoxOffice.pageLimit, knowing: -1)
    call(planner.scripts.map, arguments) { [self] (page: SeatPage) in
      let known = present.count
      for (seat, state) in page.seats { present[seat] = state }
      guard let next = page.next else { return compare() }
      // No list is longer than that, and each of its pages has seats of its own.
      guard present.count > known, present.count <= 2 * SeatPlanner.seatLimit else {
        return completion(.failure(.unexpectedReply("map")))
      }
      readPage(after: next)
    }
  }

  private func compare() {
    let names = Set(wanted.map(\.text))
    let missing = wanted.filter { present[$0.text] == nil }.map(\.text)
    surplus = present.keys.filter { !names.contains($0) }.sorted()
    let inUse = surplus.filter { present[$0] != .available }
    if !inUse.isEmpty { return completion(.success(.inUse(inUse))) }
    add(missing[...])
  }

  private func add(_ missing: ArraySlice<String>) {
    guard !missing.isEmpty else { return remove(surplus[...]) }
    let batch = missing.prefix(Self.batch)
    furnish(batch, begins: false) { [self] in add(missing.dropFirst(batch.count)) }
  }

  private func furnish(
    _ seats: ArraySlice<String>, begins: Bool, _ body: @escaping () -> Void
  ) {
    let arguments = FurnishScript.arguments(
      planner.settings, at: time, plan: name, begins: begins, seats: seats)
    call(planner.scripts.furnish, arguments) { [self] (outcome: FurnishScript.Outcome) in
      switch outcome {
      case .superseded: completion(.success(.superseded))
      case .added(let added, let counts):
        report.added += added
        report.counts = counts
        body()
      }
    }
  }

  private func remove(_ surplus: ArraySlice<String>) {
    guard !surplus.isEmpty else {
      return completion(.success(stay.isEmpty ? .done(report) : .inUse(stay)))
    }
    let batch = surplus.prefix(Self.batch)
    let arguments = RetireScript.arguments(
      planner.settings, at: time, plan: name, seats: batch)
    call(planner.scripts.retire, arguments) { [self] (outcome: RetireScript.Outcome) in
      switch outcome {
      case .superseded: completion(.success(.superseded))
      case .removed(let removed, let counts, let staying):
        report.removed += removed
        report.counts = counts
        stay += staying
        remove(surplus.dropFirst(batch.count))
      }
    }
  }

  private var time: Int64 { planner.time(of: event) }

  private func call<Outcome: SeatsOutcome>(
    _ script: Script, _ arguments: [Argument], _ body: @escaping (Outcome) -> Void
  ) {
    planner.redis.call(
      script, keys: keys, arguments: arguments, holdsEnded: planner.holdsEnded
    ) { [self] (result: Result<Outcome, RedisError>) in
      switch result {
      case .failure(let error): completion(.failure(error))
      case .success(let outcome): body(outcome)
      }
    }
  }
}
