import Loop
import Queue
import Redis

/// What one kind of maintenance does, event by event.
package protocol MaintenanceTask: AnyObject {
  /// The events that need it.
  func events(_ completion: @escaping (Result<[EventID], RedisError>) -> Void)
  /// Forgets all events but these: a round is about to visit them.
  func keep(_ events: [EventID])
  /// Whether an event needs it in this round.
  func isDue(_ event: EventID) -> Bool
  /// Does it at one event, and calls `done` when it is done or has failed.
  func visit(_ event: EventID, _ done: @escaping () -> Void)
}

extension MaintenanceTask {
  /// Every event does in every round, unless the task says otherwise.
  package func isDue(_ event: EventID) -> Bool { true }
}

/// Has a task done at every event once a second, by the sidecar that comes first: the scripts see
/// to it that a second visit in the same second does nothing.
///
/// Confined to the back office.
package final class MaintenanceLoop {
  private let loop: Loop
  private let task: any MaintenanceTask
  private var isListing = false
  private var schedule = VisitSchedule()

  /// A loop that has not begun.
  package init(on loop: Loop, _ task: any MaintenanceTask) {
    self.loop = loop
    self.task = task
  }

  /// Begins a round now and every second, unless events of the last one have not had their turn yet.
  package func start() {
    if !isListing, schedule.isThrough { beginRound() }
    loop.schedule(after: .seconds(1)) { [self] in start() }
  }

  private func beginRound() {
    isListing = true
    task.events { [self] result in
      isListing = false
      guard case .success(let events) = result else { return }
      task.keep(events)
      schedule.begin(events.filter(task.isDue))
      visit()
    }
  }

  private func visit() {
    while let event = schedule.next() {
      task.visit(event) { [self] in
        schedule.ended(event)
        visit()
      }
    }
  }
}
