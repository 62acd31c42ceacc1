import Logging
import Loop
import Queue
import Redis

/// Looks after the settings of each event: has them written back where Redis has lost them, and tells of
/// what an operator wrote into Redis by hand, above all if it makes no sense.
///
/// Confined to the back office.
package final class SettingsTask: MaintenanceTask {
  private let store: SettingsStore
  private let metrics: SettingsMetrics
  private let log: Log
  private var looks = LookSchedule()

  /// A task that feeds `metrics`.
  package init(_ store: SettingsStore, metrics: SettingsMetrics, log: Log) {
    self.store = store
    self.metrics = metrics
    self.log = log
  }

  package func events(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    store.events { completion($0.map { Array($0) }) }
  }

  package func keep(_ events: [EventID]) {
    store.keep(Set(events))
    metrics.keep(Set(events))
    looks.keep(Set(events))
  }

  package func isDue(_ event: EventID) -> Bool {
    looks.isDue(event, at: .now, losses: store.lossesNoticed)
  }

  package func visit(_ event: EventID, _ done: @escaping () -> Void) {
    looks.begin(event, at: .now, losses: store.lossesNoticed)
    store.look(at: event) { [self] result in
      switch result {
      case .failure: looks.failed(event)
      case .success(let look):
        metrics.set(look.nonsense, of: event)
        for notice in look.notices { tell(notice, of: event) }
      }
      done()
    }
  }

  private func tell(_ notice: SettingsWatch.Action, of event: EventID) {
    switch notice {
    case .writeBack(let stored):
      log.warn(
        "Redis had lost the settings of an event: they are written back",
        [
          "event_id": .text(event.text), "settings": .text("\(stored.settings)"),
          "version": .integer(Int(stored.version)),
        ])
    case .changedByHand(let before, let after):
      log.info(
        "the settings of an event were changed",
        [
          "event_id": .text(event.text), "who": "somebody, in Redis",
          "before": .text("\(before)"), "after": .text("\(after)"),
        ])
    case .nonsense([]):
      log.info(
        "the settings of an event make sense again", ["event_id": .text(event.text)])
    case .nonsense(let settings):
      for setting in settings {
        log.error(
          "an event is paused because a setting makes no sense: put it right",
          [
            "event_id": .text(event.text), "setting": .text(setting.field.rawValue),
            "value": .text(setting.text), "allowed": .text(setting.field.allowed),
            "key": .text("\(setting.key(of: event, in: store.keySpace))"),
          ])
      }
    }
  }
}
