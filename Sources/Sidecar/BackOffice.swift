import Glibc
import HTTP
import Loop
import Queue
import Redis

/// The loop beside the fronts: the admin port, the health check, the server's statistics, the token
/// secret, the absent, the embedded Redis, signals and the end of the process.
///
/// Runs on the main thread; everything in it is confined to it.
final class BackOffice {
  /// One front, as the back office sees it.
  struct FrontHandle {
    let inbox: Inbox<Front.Message>
    let heartbeat: Heartbeat
  }

  private let settings: Settings
  private let loop: Loop
  private let fronts: [FrontHandle]
  private let health: HealthCheck
  private let admin: HTTPServer
  private let log: Log
  private let pools: [Pool]
  private let embedded: EmbeddedRedis?
  private var tasks: [AnyObject] = []
  private var signals: Signals?
  private var shutdown: Shutdown
  private var ending = Shutdown.Ending.clean

  init(
    _ settings: Settings, loop: Loop, endpoint: Endpoint, embedded: EmbeddedRedis?,
    adminListener: consuming Descriptor, fronts: [FrontHandle], metrics: UsherMetrics, log: Log,
    connectionLog: ConnectionLog?
  ) throws {
    self.settings = settings
    self.loop = loop
    self.fronts = fronts
    self.embedded = embedded
    self.log = log
    shutdown = Shutdown(fronts: fronts.count)
    let resolver = try Resolver(loop: loop)
    var check: HealthCheck?
    let isOurs = embedded != nil
    // A connection of its own: what waits for the shop's commands must not wait for a check.
    let checks = Pool(
      loop: loop, resolver: resolver, endpoint: endpoint, settings: .checks(settings),
      observe: { event in
        // A redis-server of our own is not there yet when it is first tried.
        guard !isOurs, case .openingFailed(let reason) = event else { return }
        check?.connectingFailed(because: reason)
      })
    let work = Pool(
      loop: loop, resolver: resolver, endpoint: endpoint, settings: .work(settings),
      observe: { connectionLog?.observe($0) })
    pools = [checks, work]
    health = HealthCheck(
      loop: loop, redis: checks,
      state: HealthState(readyGrace: settings.readyGrace, readyRedis: settings.readyRedis),
      fronts: fronts.count, interval: settings.healthInterval, timeout: settings.healthTimeout,
      metrics: metrics.health, log: log)
    check = health
    let routes = AdminRoutes(
      registry: metrics.registry, health: health, heartbeats: fronts.map(\.heartbeat))
    admin = try HTTPServer(
      loop: loop, listener: adminListener, configuration: HTTPServer.Configuration(),
      handler: { routes.handle($0) })
    start(checks: checks, work: work, node: "\(endpoint)", metrics)
    let lag = metrics.loopLag.cell("back office")
    loop.turnEnded = { lag.observe($0.seconds) }
  }

  private func start(checks: Pool, work: Pool, node: String, _ metrics: UsherMetrics) {
    health.start()
    let watch = ServerWatch(
      loop: loop, redis: checks, statistics: ServerStatistics(node: node, metrics.server),
      interval: .seconds(5))
    watch.start()
    let attendance = Attendance(redis: work, settings: settings.queue)
    let housekeeping = Housekeeping(
      loop: loop, attendance: attendance, metrics: metrics, log: log)
    housekeeping.start()
    tasks = [watch, housekeeping]
    if let secret = settings.tokenSecret {
      adopt(SecretAgreement.Secrets(current: secret, previous: settings.tokenPreviousSecret))
    } else {
      let keeper = SecretKeeper(loop: loop, redis: work, log: log) { [unowned self] in adopt($0) }
      keeper.start()
      tasks.append(keeper)
    }
  }

  private func adopt(_ secrets: SecretAgreement.Secrets) {
    for front in fronts { front.inbox.send(.secrets(secrets)) }
  }

  /// Runs until the process should end; says how it ended.
  func run(reports: Inbox<Front.Report>) throws -> Shutdown.Ending {
    try reports.deliver(on: loop) { [unowned self] in take($0) }
    signals = try Signals([SIGTERM, SIGINT], on: loop) { [unowned self] _ in
      carryOut(shutdown.signalled())
    }
    try loop.run()
    return ending
  }

  private func take(_ report: Front.Report) {
    switch report {
    case .serving: health.frontBeganToServe()
    case .drained: carryOut(shutdown.frontDrained())
    case .failed(let reason):
      log.error("a front cannot go on; stopping", ["error": .text(reason)])
      carryOut(shutdown.frontFailed())
    }
  }

  private func carryOut(_ actions: [Shutdown.Action]) {
    for action in actions {
      switch action {
      case .ceaseToBeReady:
        log.info("stopping: finishing what is under way")
        health.beginDraining()
      case .waitForDelay:
        loop.schedule(after: settings.drainDelay) { [self] in carryOut(shutdown.delayPassed()) }
      case .drainFronts: for front in fronts { front.inbox.send(.drain) }
      case .waitForTimeout:
        loop.schedule(after: settings.drainTimeout) { [self] in carryOut(shutdown.timeoutPassed()) }
      case .end(let ending): end(ending)
      }
    }
  }

  /// The admin port and Redis go last: until then they show what is going on.
  private func end(_ ending: Shutdown.Ending) {
    self.ending = ending
    if ending == .cutShort { log.warn("stopping with requests still under way") }
    admin.stopListening()
    for pool in pools { pool.close() }
    guard let embedded else { return loop.stop() }
    embedded.stop { [loop] in loop.stop() }
  }
}

extension PoolSettings {
  /// For the health check and `INFO`: patient, because a slow Redis is not a dead one.
  fileprivate static func checks(_ settings: Settings) -> PoolSettings {
    var pool = PoolSettings()
    pool.max = 2
    pool.minIdle = 1
    pool.pipelineDepth = 1
    pool.wait = settings.healthTimeout
    pool.timeout = settings.healthTimeout
    pool.connectTimeout = settings.healthTimeout
    return pool
  }

  /// For parking, measuring and the secret.
  fileprivate static func work(_ settings: Settings) -> PoolSettings {
    var pool = PoolSettings()
    pool.max = 2
    pool.minIdle = 1
    pool.wait = settings.redisPoolWait
    pool.timeout = settings.redisTimeout
    pool.connectTimeout = settings.redisConnectTimeout
    return pool
  }
}
