import CBuild
import Configuration
import Glibc
import HTTP
import Logging
import Loop
import Operations
import Queue
import Redis

/// Runs a relay until a signal ends it; returns the exit code. Throws what keeps it from starting, in one line
/// for a person.
package func serveRelay(_ settings: RelaySettings) throws -> Int32 {
  let log = Log(level: settings.logLevel, format: settings.logFormat)
  // Before any thread exists: a signal goes to whichever thread lets it in.
  try Signals.block([SIGTERM, SIGINT])
  signal(SIGPIPE, SIG_IGN)
  let office = try RelayOffice(settings, log)
  try office.run()
  log.info("stopped")
  return 0
}

/// The parts of a running relay, put together, on the main thread.
private final class RelayOffice {
  private let loop: Loop
  private let redis: RoutingClient
  private let pool: PostgresPool
  private let dispatch: Dispatch
  private let health = RelayHealth()
  private let admin: HTTPServer
  private let connectionLog: ConnectionLog
  private let log: Log
  private var refresher: TopologyRefresher?
  private var signals: Signals?

  init(_ settings: RelaySettings, _ log: Log) throws {
    self.log = log
    loop = try Loop()
    let metrics = RelayMetrics(
      sink: settings.sinkName, version: RelaySettings.version, revision: USHER_REVISION)
    connectionLog = ConnectionLog(log)
    let resolver = try Resolver(loop: loop)
    let deployment = settings.deployment
    redis = RoutingClient(
      loop: loop, resolver: resolver, template: deployment.endpoint, settings: .relay(settings),
      observer: { [connectionLog] in ConnectionLog.Observer(of: $0, in: connectionLog) })
    var pooling = PostgresPool.Settings()
    pooling.max = settings.poolMax
    pooling.timeout = settings.sinkTimeout
    pool = PostgresPool(
      to: settings.sinkURL, on: loop, settings: pooling, metrics: metrics.pool)
    let tools = Courier.Tools(
      loop: loop, redis: redis, sink: PostgresSink(pool, health: health, log: log),
      keys: settings.keys, metrics: metrics, health: health)
    var delivery = Delivery.Settings()
    delivery.batch = settings.batch
    dispatch = Dispatch(
      tools, (settings.sales ? [.sales] : []) + (settings.people ? [.people] : []),
      relay: settings.name, sink: settings.sinkName, delivery, log: log)
    let routes = RelayRoutes(metrics: metrics, health: health)
    admin = try HTTPServer(
      loop: loop, listener: try Self.listen(at: settings.adminListen),
      handler: { routes.handle($0) })
    findRedis(deployment, resolver)
    log.info(
      "delivering",
      [
        "version": .text(RelaySettings.version), "redis": .text("\(deployment)"),
        "sink": .text(settings.sinkName), "relay": .text(settings.name),
        "admin": .text("\(settings.adminListen)"),
      ])
  }

  private static func listen(at address: SocketAddress) throws -> Descriptor {
    do {
      guard let resolved = try ResolvedAddress.lookUp(address).first else {
        throw SystemError(call: "getaddrinfo", code: EADDRNOTAVAIL)
      }
      return try Socket.listen(at: resolved, shared: false)
    } catch {
      throw RelayError(
        description:
          "--admin-listen: cannot listen at \(address) (\(error)); it takes an address of "
          + "this machine that nobody else listens at")
    }
  }

  private func findRedis(_ deployment: Deployment, _ resolver: Resolver) {
    if let topology = deployment.fixedTopology { return redis.adopt(topology) }
    var events = TopologyRefresher.Events()
    events.changed = { [unowned self] in redis.adopt($0) }
    events.ended = { [unowned self] _, problem in
      guard let problem, redis.masters.isEmpty else { return }
      redis.reasonForSilence = problem
      health.redisFailed(because: problem)
    }
    let refresher = TopologyRefresher(
      loop: loop, resolver: resolver, deployment: deployment, connectTimeout: .seconds(2),
      timeout: .seconds(2), events: events)
    self.refresher = refresher
    redis.wantsTopology = { refresher.wanted(avoiding: $0) }
    refresher.start()
  }

  func run() throws {
    signals = try Signals([SIGTERM, SIGINT], on: loop) { [unowned self] _ in stop() }
    dispatch.start()
    tick()
    try loop.run()
  }

  private func tick() {
    connectionLog.tick(at: loop.now)
    loop.schedule(after: .seconds(1)) { [self] in tick() }
  }

  /// Gives its courses back, so that others need not wait for the leases to end.
  private func stop() {
    log.info("stopping: giving the streams back")
    health.stopping()
    dispatch.stop { [self] in
      admin.stopListening()
      pool.close()
      refresher?.close()
      redis.close()
      loop.stop()
    }
  }
}

@available(*, unavailable, message: "a RelayOffice belongs to the main thread")
extension RelayOffice: Sendable {}

/// What keeps a relay from starting, in one line.
struct RelayError: Error, CustomStringConvertible {
  let description: String
}

extension RoutingClient.Settings {
  fileprivate static func relay(_ settings: RelaySettings) -> RoutingClient.Settings {
    var client = RoutingClient.Settings()
    var pool = PoolSettings()
    pool.max = 4
    pool.minIdle = 1
    pool.pipelineDepth = 16
    pool.wait = .seconds(1)
    pool.timeout = settings.redisTimeout
    // A batch of the longest sales there can be.
    pool.maxReplyBytes = 64 * 1024 * 1024
    client.pool = pool
    return client
  }
}
