import API
import Configuration
import Logging
import Loop
import Queue
import Redis
import Seats

extension OperatorRoutes {
  /// The routes of operators at a back office, behind its client of Redis.
  convenience init(
    _ authorization: AdminAuthorization, _ events: SettingsStore, _ maintenance: SeatMaintenance,
    _ metrics: UsherMetrics, _ settings: Settings, store: StoreKnowledge, loop: Loop,
    redis: any RedisClient, log: Log
  ) {
    let planner = SeatPlanner(redis: redis, settings: settings.seats, store: store)
    planner.holdsEnded = maintenance.holdsEnded
    let steering = Steering(loop: loop, redis: redis, settings: settings.queue, store: store)
    let removed = metrics.queue.sessions(.removed)
    steering.sessionsRemoved = { removed.increment(by: UInt64($0)) }
    let registries = [
      EventKeys.settingsEvents(in: settings.keys), EventKeys.events(in: settings.keys),
      SaleKeys.events(in: settings.keys),
    ]
    self.init(
      authorization,
      events: EventRoutes(
        events, directory: EventDirectory(registries, redis: redis), steering: steering),
      people: PeopleRoutes(steering), planner: planner, maintenance: maintenance,
      eventTTL: settings.eventTTL, metrics: metrics.operators, log: log)
  }
}
