import Configuration
import HTTP
import Logging
import Loop
import Queue
import Redis
import Seats

/// What each front gets of what the process may use: limits are the process's, divided evenly.
struct FrontLimits: Sendable {
  let deployment: Deployment
  /// The way to Redis for what writes.
  let writes: RoutingClient.Settings
  /// The one for what only reads; nil if the front's part is one connection, which then does both.
  let reads: RoutingClient.Settings?
  let http: HTTPServer.Configuration
  /// The places of the admin port, which is for Prometheus, the kubelet and a few people. Others that
  /// reach it may take many of them.
  let adminConnections: Int
  let maxInFlight: Int
  /// Requests a second; 0 for no limit.
  let rateLimit: Double

  /// - Parameter descriptors: How many the process may have open.
  init(_ settings: Settings, deployment: Deployment, descriptors: Int) {
    self.deployment = deployment
    maxInFlight = max(1, settings.maxInFlight / settings.fronts)
    rateLimit = Double(settings.rateLimit) / Double(settings.fronts)

    var pool = PoolSettings()
    pool.max = max(1, settings.redisPoolMax / settings.fronts)
    pool.pipelineDepth = settings.redisPipelineDepth
    pool.wait = settings.redisPoolWait
    pool.timeout = settings.redisTimeout
    pool.connectTimeout = settings.redisConnectTimeout
    // A batch of 256 joins is answered in 20 KB.
    pool.maxReplyBytes = 1024 * 1024
    func lane(connections: Int) -> RoutingClient.Settings {
      var lane = RoutingClient.Settings()
      lane.pool = pool
      lane.pool.max = connections
      lane.pool.minIdle = min(connections, settings.redisPoolMinIdle)
      lane.breaker = settings.breaker
      return lane
    }
    writes = lane(connections: pool.max - pool.max / 2)
    reads = pool.max > 1 ? lane(connections: pool.max / 2) : nil

    var http = HTTPServer.Configuration()
    // Above it a new client takes another's place: requests are refused before.
    // But without a descriptor none can be accepted, and Redis could not be reached.
    adminConnections = max(64, min(2048, descriptors / 8))
    let spare = descriptors - adminConnections - Self.otherDescriptors(settings)
    http.connectionLimit = max(
      16, min(max(http.connectionLimit, 4 * maxInFlight), spare / settings.fronts))
    // No answer is longer than a page of seats, which the kernel takes at once from a client that
    // reads.
    http.answerTimeout = .seconds(5)
    http.idleTimeout = settings.keepAlive
    self.http = http
  }

  /// What the process needs besides its clients' connections, and a few for the unforeseen.
  private static func otherDescriptors(_ settings: Settings) -> Int {
    let reserve = HTTPServer.Configuration.connectionReserve
    return settings.redisPoolMax + reserve + (8 + reserve) * settings.fronts + 32
  }

  /// Warns where the descriptors allow fewer connections than requests may be under way.
  func warn(in log: Log, _ settings: Settings) {
    let connections = http.connectionLimit * settings.fronts
    guard connections < settings.maxInFlight else { return }
    log.warn(
      "the limit of open files (ulimit -n) allows fewer connections than --max-in-flight; raise it",
      ["connections": .integer(connections), "max_in_flight": .integer(settings.maxInFlight)])
  }
}
