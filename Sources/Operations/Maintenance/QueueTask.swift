import Logging
import Loop
import Queue
import Redis

/// Parks the absent of each event, and reads what metrics need to know of its line on the way.
///
/// Confined to the back office.
package final class QueueTask: MaintenanceTask {
  private let maintenance: QueueMaintenance
  private let lines: LineMetrics
  private let log: Log
  private var parked = ParkedSummary()

  /// A task that feeds `lines`.
  package init(_ maintenance: QueueMaintenance, lines: LineMetrics, log: Log) {
    self.maintenance = maintenance
    self.lines = lines
    self.log = log
  }

  package func events(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    maintenance.activeEvents(completion)
  }

  package func keep(_ events: [EventID]) {
    lines.keep(Set(events))
    tellParked()
  }

  /// Each round, that is about once a second.
  private func tellParked() {
    guard let sum = parked.take(at: .now) else { return }
    let people = Log.Value.integer(sum.people)
    if let event = sum.event {
      log.info("parked the absent", ["event_id": .text(event.text), "people": people])
    } else {
      log.info("parked the absent", ["events": .integer(sum.events), "people": people])
    }
  }

  package func visit(_ event: EventID, _ done: @escaping () -> Void) {
    maintenance.parkAbsent(from: event) { [self] result in
      if case .success(let people) = result, people > 0 {
        lines.parked.increment(by: UInt64(people))
        parked.add(people, at: event, .now)
      }
      maintenance.snapshot(of: event) { [self] result in
        if case .success(let snapshot) = result { lines.set(snapshot, of: event) }
        done()
      }
    }
  }
}
