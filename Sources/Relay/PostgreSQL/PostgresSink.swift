import Logging
import Loop
import Queue

/// Delivers to PostgreSQL: rows and position in one statement, and so in one transaction.
///
/// Belongs to its loop's thread.
final class PostgresSink: Sink {
  private let pool: PostgresPool
  private let log: Log
  private let health: RelayHealth
  private var lastProblem: String?
  private var failedAt: Instant?
  /// A write that fails is tried again sooner than this: until then, that something else went well says
  /// nothing.
  private static let patience = Duration.seconds(10)

  init(_ pool: PostgresPool, health: RelayHealth, log: Log) {
    self.pool = pool
    self.health = health
    self.log = log
  }

  func check() {
    send(PostgresStatements.check) { _ in }
  }

  func claim(_ course: Course, _ completion: @escaping (Result<Claim, SinkFailure>) -> Void) {
    send(PostgresStatements.claim(course)) { [self] result in
      guard case .success(let rows) = result, let fence = rows.first?.first??.asNumber else {
        return completion(.failure(result.sinkFailure))
      }
      // Of its own: what a write that the claim waited for has moved is seen only by a later statement.
      send(PostgresStatements.positions(course)) { result in
        guard case .success(let rows) = result else {
          return completion(.failure(result.sinkFailure))
        }
        completion(.success(Claim(fence: fence, rows)))
      }
    }
  }

  func write(
    _ entries: ArraySlice<Entry>, of course: Course, fence: Int64,
    _ completion: @escaping (Result<Void, SinkFailure>) -> Void
  ) {
    deliver(PostgresStatements.write(entries, of: course, fence: fence), completion)
  }

  func bury(
    _ entry: Entry, of course: Course, because problem: DeadLetter, fence: Int64,
    _ completion: @escaping (Result<Void, SinkFailure>) -> Void
  ) {
    log.warn(
      "an entry cannot be delivered and is among the dead letters; the others go on",
      [
        "event_id": .text(course.event.text), "entry_id": .text("\(entry.id)"),
        "subject": .text(course.subject.rawValue), "reason": .text(problem.reason.rawValue),
        "detail": .text(problem.detail), "do": "usher-relay dead-letters list",
      ])
    deliver(
      PostgresStatements.bury(entry, of: course, because: problem, fence: fence), completion)
  }

  private func deliver(
    _ query: PostgresQuery, _ completion: @escaping (Result<Void, SinkFailure>) -> Void
  ) {
    send(query, isWrite: true) { result in
      switch result {
      case .success(let rows) where rows.first?.first == "1": completion(.success(()))
      case .success: completion(.failure(.fenced))
      case .failure: completion(.failure(result.sinkFailure))
      }
    }
  }

  private func send(
    _ query: PostgresQuery, isWrite: Bool = false,
    _ completion: @escaping (Result<PostgresRows, PostgresFailure>) -> Void
  ) {
    pool.send(query) { [self] result in
      note(result, isWrite: isWrite)
      completion(result)
    }
  }

  /// One line when a problem begins, and one when it is over.
  private func note(_ result: Result<PostgresRows, PostgresFailure>, isWrite: Bool) {
    guard case .failure(let failure) = result else {
      if !isWrite, let failedAt, Instant.now - failedAt < Self.patience { return }
      if lastProblem.take() != nil { log.info("PostgreSQL takes deliveries again") }
      return health.sinkAnswered()
    }
    // It took the question and refused the rows.
    if failure.isForGood { return health.sinkAnswered() }
    failedAt = .now
    health.sinkFailed(because: "\(failure)")
    guard lastProblem != "\(failure)" else { return }
    lastProblem = "\(failure)"
    log.warn(
      "PostgreSQL takes no deliveries; they wait in Redis",
      [
        "error": .text("\(failure)"),
        "do": .text(failure.advice ?? "nothing, if it comes back: deliveries go on by themselves"),
      ])
  }
}

@available(*, unavailable, message: "a PostgresSink belongs to its loop's thread")
extension PostgresSink: Sendable {}

extension Result where Success == PostgresRows, Failure == PostgresFailure {
  fileprivate var sinkFailure: SinkFailure {
    guard case .failure(let failure) = self, failure.isForGood else { return .forNow }
    return .forGood("\(failure)")
  }
}

extension Claim {
  fileprivate init(fence: Int64, _ rows: PostgresRows) {
    self.init(fence: fence, positions: [:], latest: nil)
    for row in rows {
      guard row.count == 3, let epoch = row[0], let milliseconds = row[1]?.asNumber,
        let number = row[2]?.asNumber
      else { continue }
      positions[epoch] = StreamID(milliseconds: milliseconds, number: number)
      if latest == nil { latest = epoch }
    }
  }
}

extension String {
  fileprivate var asNumber: Int64? { Int64(self) }
}
