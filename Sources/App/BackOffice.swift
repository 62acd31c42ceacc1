import API
import Configuration
import EmbeddedRedis
import Glibc
import HTTP
import Logging
import Loop
import Operations
import Queue
import Redis
import Seats

/// The loop beside the fronts: the admin port, the health check, the servers' statistics, which
/// servers there are, the token secret, the absent, the ends of holds, the embedded Redis, signals
/// and the end of the process.
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
  private let connectionLog: ConnectionLog
  private var topologyLines = LineLimit(lines: 5)
  /// Connections of their own: what waits for the shop's commands must not wait for a check.
  private let checks: RoutingClient
  private let work: RoutingClient
  private let watches: ServerWatches
  private let seatMaintenance: SeatMaintenance
  private let tokenSecrets: TokenSecretSource
  private let renewal: FileRenewal
  private let settingsStore: SettingsStore
  private let store: StoreKnowledge
  private var refresher: TopologyRefresher?
  private let embedded: EmbeddedRedis?
  private var tasks: [AnyObject] = []
  private var signals: Signals?
  private var shutdown: Shutdown
  private var ending = Shutdown.Ending.clean

  init(
    _ settings: Settings, loop: Loop, deployment: Deployment, embedded: EmbeddedRedis?,
    adminListener: consuming Descriptor, adminConnections: Int, fronts: [FrontHandle],
    metrics: UsherMetrics, log: Log,
    connectionLog: ConnectionLog, redisClock: RedisClock, store: StoreKnowledge
  ) throws {
    self.settings = settings
    self.loop = loop
    self.fronts = fronts
    self.embedded = embedded
    self.log = log
    self.connectionLog = connectionLog
    self.store = store
    shutdown = Shutdown(fronts: fronts.count)
    let resolver = try Resolver(loop: loop)
    let reach = NodeReachability()
    let checks = RoutingClient(
      loop: loop, resolver: resolver, template: deployment.endpoint, settings: .checks(settings),
      observer: { reach.observer(of: $0) })
    self.checks = checks
    let routing = RoutingMetrics(metrics.redis)
    work = RoutingClient(
      loop: loop, resolver: resolver, template: deployment.endpoint, settings: .work(settings),
      observe: routing.observe,
      observer: { ConnectionLog.Observer(of: $0, in: connectionLog) })
    health = HealthCheck(
      loop: loop, ask: checks.pingMasters,
      state: HealthState(
        readyGrace: settings.readyGrace, demandsRedis: settings.readyRedis == .required),
      fronts: fronts.count, interval: settings.healthInterval, timeout: settings.healthTimeout,
      metrics: metrics.health, log: log)
    watches = ServerWatches(
      loop: loop, redis: checks, metrics: metrics.server,
      clock: redisClock)
    seatMaintenance = SeatMaintenance(redis: work, settings: settings.seats, store: store)
    settingsStore = SettingsStore(
      loop: loop, redis: work, settings: settings.queue, isShared: embedded == nil,
      clock: redisClock, store: store)
    let expired = metrics.seats.expired()
    seatMaintenance.holdsEnded = { expired.increment(by: UInt64($0)) }
    let authorization = AdminAuthorization(settings.adminTokens?.value.callers ?? [], log: log)
    tokenSecrets = TokenSecretSource(settings, loop: loop, redis: work, log: log) { secrets in
      for front in fronts { front.inbox.send(.secrets(secrets)) }
    }
    renewal = FileRenewal(
      [
        .password(of: settings, deployment.credentials), .encryption(of: settings),
        tokenSecrets.renewal,
        .adminTokens(of: settings, authorization),
      ].compactMap { $0 }, on: loop, log: log, takeRefusal: connectionLog.takeRefusal)
    let probes = ProbeRoutes(
      registry: metrics.registry, health: health, heartbeats: fronts.map(\.heartbeat),
      version: Version.current)
    let operatorRoutes = OperatorRoutes(
      authorization, settingsStore, seatMaintenance, metrics, settings, store: store, loop: loop,
      redis: work, log: log)
    admin = try HTTPServer(
      loop: loop, listener: adminListener,
      configuration: .admin(authorization, connections: adminConnections)
    ) { exchange in
      if let path = EventPath(exchange.path) { return operatorRoutes.handle(exchange, path) }
      probes.handle(exchange)
    }
    admin.requestRefused = { Responses.noteRefusal(byLibrary: $0, port: "admin", log) }
    admin.errorResponse = { Responses.refused($0, port: "admin", log) }
    let lag = metrics.loopLag.cell("back office")
    loop.turnEnded = { lag.observe($0.seconds) }
    reach.changed = { [unowned self] in reached($0) }
    findRedis(deployment, resolver, metrics.redis)
    start(metrics, redisClock)
  }

  // MARK: - Where Redis is

  private func findRedis(
    _ deployment: Deployment, _ resolver: Resolver, _ metrics: RedisMetrics
  ) {
    let refreshes = Dictionary(
      uniqueKeysWithValues: TopologyRefresher.Outcome.allCases.map {
        ($0, metrics.topologyRefreshes.cell($0.rawValue))
      })
    if let topology = deployment.fixedTopology { return adopt(topology) }
    var events = TopologyRefresher.Events()
    events.changed = { [unowned self] in adopt($0) }
    events.ended = { [unowned self] outcome, problem in
      refreshes[outcome]?.increment()
      if let problem { cannotFindRedis(because: problem) }
    }
    let refresher = TopologyRefresher(
      loop: loop, resolver: resolver, deployment: deployment,
      connectTimeout: settings.redisConnectTimeout, timeout: settings.redisTimeout, events: events)
    self.refresher = refresher
    for client in [checks, work] {
      client.wantsTopology = { refresher.wanted(avoiding: $0) }
    }
    refresher.start()
  }

  private func adopt(_ topology: Topology) {
    // A cluster that is being changed, or has lost its way, has others each second.
    if refresher != nil, topology.masters != checks.masters, topologyLines.allows(at: loop.now) {
      log.info(
        "these Redis servers take commands",
        ["masters": .text(topology.masters.inWords), "count": .integer(topology.masters.count)])
    }
    let isFirst = checks.masters.isEmpty
    checks.adopt(topology)
    store.adopt(topology)
    if isFirst { health.start() }
    work.adopt(topology)
    watches.adopt(topology)
    for front in fronts where refresher != nil { front.inbox.send(.topology(topology)) }
  }

  /// No server says where Redis is; whether it answers where it was, the health check knows.
  private func cannotFindRedis(because problem: String) {
    guard checks.masters.isEmpty else { return }
    checks.reasonForSilence = problem
    work.reasonForSilence = problem
    health.connectingFailed(because: problem)
  }

  private func reached(_ change: NodeReachability.Change) {
    switch change {
    case .answers: connectNow()
    case .failed(let reason, let unreachable):
      // A redis-server of our own is not there yet when it is first tried.
      guard embedded == nil, unreachable.count >= checks.masters.count,
        unreachable.isSuperset(of: checks.masters)
      else { return }
      health.connectingFailed(because: reason)
    }
  }

  private func connectNow() {
    work.tryNow()
    for front in fronts { front.inbox.send(.connectNow) }
  }

  // MARK: - Tasks

  private func tellOfTroublesThatAreOver() {
    connectionLog.tick(at: loop.now)
    let leftOut = topologyLines.takeLeftOut(at: loop.now)
    if leftOut > 0 {
      log.info(
        "more changes of which Redis servers take commands were left out in 10 s",
        ["lines": .integer(leftOut), "masters": .text(checks.masters.inWords)])
    }
    loop.schedule(after: .seconds(1)) { [self] in tellOfTroublesThatAreOver() }
  }

  private func start(_ metrics: UsherMetrics, _ redisClock: RedisClock) {
    tellOfTroublesThatAreOver()
    renewal.renewed = { [unowned self] in
      checks.tryNow()
      refresher?.wanted(avoiding: nil)
      connectNow()
    }
    renewal.start()
    let queueMaintenance = QueueMaintenance(
      redis: work, settings: settings.queue,
      keysBeside: { [keys = settings.keys] in SaleKeys($0, in: keys).besideQueue },
      clock: redisClock, store: store)
    let expiredSessions = metrics.queue.sessions(.expired)
    queueMaintenance.sessionsExpired = { expiredSessions.increment(by: UInt64($0)) }
    let maintenance = [
      MaintenanceLoop(on: loop, QueueTask(queueMaintenance, lines: metrics.lines, log: log)),
      MaintenanceLoop(on: loop, SeatTask(seatMaintenance, sales: metrics.sales, log: log)),
      MaintenanceLoop(on: loop, SettingsTask(settingsStore, metrics: metrics.settings, log: log)),
    ]
    for loop in maintenance { loop.start() }
    tasks = maintenance
    let watch = StoreWatch(
      loop: loop, redis: work, store: store, clock: redisClock, log: log, known: tokenSecrets.start)
    watch.start()
    tasks.append(watch)
  }

  /// Runs until the process should end; says how it ended.
  func run(reports: Inbox<Front.Report>) throws -> Shutdown.Ending {
    try reports.deliver(on: loop) { [unowned self] in take($0) }
    signals = try Signals([SIGTERM, SIGINT, SIGHUP], on: loop) { [unowned self] signal in
      if signal == SIGHUP { return renewal.readAll() }
      carryOut(shutdown.signalled())
    }
    try loop.run()
    return ending
  }

  private func take(_ report: Front.Report) {
    switch report {
    case .serving: health.frontBeganToServe()
    case .wantsTopology(let failed): refresher?.wanted(avoiding: failed)
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
        loop.schedule(after: settings.drainTimeout - refusalTime) { [self] in
          carryOut(shutdown.timeoutPassed())
        }
      case .refuseRest:
        log.warn("stopping with requests still under way: they are refused")
        for front in fronts { front.inbox.send(.refuseRest) }
      case .waitForRefusals:
        loop.schedule(after: refusalTime) { [self] in carryOut(shutdown.refusalsTimedOut()) }
      case .end(let ending): end(ending)
      }
    }
  }

  /// Out of `drain-timeout`, to refuse what every client still waits for.
  private var refusalTime: Duration { min(.seconds(1), settings.drainTimeout / 2) }

  /// The admin port and Redis go last: until then they show what is going on.
  private func end(_ ending: Shutdown.Ending) {
    self.ending = ending
    admin.stopListening()
    refresher?.close()
    checks.close()
    work.close()
    guard let embedded else { return loop.stop() }
    embedded.stop { [loop] in loop.stop() }
  }
}
