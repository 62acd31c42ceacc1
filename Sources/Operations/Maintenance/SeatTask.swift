import Logging
import Loop
import Queue
import Redis
import Seats

/// Ends the holds of each event whose time is over, though no client asks, and checks that its
/// counts agree. What metrics need to know of its sale is read on the way.
///
/// Confined to the back office.
package final class SeatTask: MaintenanceTask {
  private let maintenance: SeatMaintenance
  private let sales: SaleMetrics
  private let log: Log
  private var inconsistent: Set<EventID> = []

  /// A task that feeds `sales`.
  package init(_ maintenance: SeatMaintenance, sales: SaleMetrics, log: Log) {
    self.maintenance = maintenance
    self.sales = sales
    self.log = log
  }

  package func events(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    maintenance.events(completion)
  }

  package func keep(_ events: [EventID]) {
    sales.keep(Set(events))
    inconsistent.formIntersection(events)
  }

  package func visit(_ event: EventID, _ done: @escaping () -> Void) {
    maintenance.sweep(event) { [self] result in
      switch result {
      case .success(let snapshot?):
        sales.set(snapshot, of: event)
        note(snapshot, of: event)
      case .success(nil): sales.drop(event)
      case .failure: break
      }
      done()
    }
  }

  /// Logs once that the counts disagree, and once that they agree again.
  private func note(_ snapshot: SaleSnapshot, of event: EventID) {
    if snapshot.inconsistent > 0, inconsistent.insert(event).inserted {
      log.error(
        "inventory, map and holds of an event disagree",
        ["event_id": .text(event.text), "seats": .integer(snapshot.inconsistent)])
    } else if snapshot.inconsistent == 0, inconsistent.remove(event) != nil {
      log.info("inventory, map and holds agree again", ["event_id": .text(event.text)])
    }
  }
}
