import Loop
import Metrics
import Queue
import Redis
import Seats

/// What seats need done once a second, by whichever sidecar comes first: holds end though nobody asks,
/// and it is checked that the counts agree. What metrics need to know is read on the way.
///
/// Confined to the back office.
final class SeatKeeping {
  private let loop: Loop
  private let steward: Steward
  private let sales: SaleMetrics
  private let log: Log
  private var inconsistent: Set<EventID> = []
  private var isUnderWay = false

  init(loop: Loop, steward: Steward, metrics: UsherMetrics, log: Log) {
    self.loop = loop
    self.steward = steward
    sales = metrics.sales
    self.log = log
  }

  /// Goes round now and every second, unless a round takes longer.
  func start() {
    if !isUnderWay { round() }
    loop.schedule(after: .seconds(1)) { [self] in start() }
  }

  private func round() {
    isUnderWay = true
    steward.events { [self] result in
      guard case .success(let events) = result else {
        isUnderWay = false
        return
      }
      sales.keep(Set(events))
      inconsistent.formIntersection(events)
      visit(events[...])
    }
  }

  /// One event after the other: a burst of a thousand script calls would hold up people who ask.
  private func visit(_ events: ArraySlice<EventID>) {
    guard let event = events.first else {
      isUnderWay = false
      return
    }
    steward.sweep(event) { [self] result in
      switch result {
      case .success(let snapshot?):
        sales.set(snapshot, of: event)
        note(snapshot, of: event)
      case .success(nil): sales.drop(event)
      case .failure: break
      }
      visit(events.dropFirst())
    }
  }

  /// Says once that something is wrong, and once that it is right again.
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
