import HTTP
import Loop
import Queue
import Redis
import Seats

/// What each front gets of what the process may use: limits are the process's, divided evenly.
struct FrontShare: Sendable {
  let deployment: Deployment
  /// One for what writes and one for what only reads; just one if the front's share is one connection.
  let lanes: [RoutingClient.Settings]
  let http: HTTPServer.Configuration
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
    let (reads, writes) = (pool.max / 2, pool.max - pool.max / 2)
    lanes = [writes, reads].filter { $0 > 0 }.map { limit in
      var lane = RoutingClient.Settings()
      lane.pool = pool
      lane.pool.max = limit
      lane.pool.minIdle = min(limit, settings.redisPoolMinIdle)
      lane.breaker = settings.breaker
      return lane
    }

    var http = HTTPServer.Configuration()
    // Above it nobody is accepted, and clients would hang: requests are refused before.
    // But without a descriptor they cannot be accepted either, and Redis could not be reached.
    let spare = descriptors - Self.otherDescriptors(settings)
    http.connectionLimit = max(
      16, min(max(http.connectionLimit, 4 * maxInFlight), spare / settings.fronts))
    // No answer is longer than a page of seats, which the kernel takes at once from whoever reads.
    http.answerTimeout = .seconds(5)
    self.http = http
  }

  /// The admin port is for Prometheus, the kubelet and a few people.
  static let adminConnections = 128

  /// What the process needs besides its clients' connections, and a few for the unforeseen.
  private static func otherDescriptors(_ settings: Settings) -> Int {
    settings.redisPoolMax + adminConnections + 8 * settings.fronts + 32
  }
}

extension Settings {
  /// What the queue needs to know.
  var queue: QueueSettings {
    QueueSettings(
      admissionRate: admissionRate, admissionBurst: admissionBurst, grantTTL: grantTTL,
      ticketTTL: ticketTTL, eventTTL: eventTTL, rebuildWindow: rebuildWindow,
      presenceTTL: presenceTTL, presenceHeadTTL: presenceHeadTTL, queueLimit: queueLimit,
      refusesWhenSoldOut: soldOutJoin == .refuse)
  }

  /// What the seats need to know.
  var seats: SeatSettings {
    SeatSettings(holdTTL: holdTTL, seatsPerPerson: seatsPerPerson, eventTTL: eventTTL)
  }
}

extension Settings {
  /// When to leave a Redis node alone.
  var breaker: CircuitBreaker.Settings {
    var breaker = CircuitBreaker.Settings()
    breaker.window = breakerWindow
    breaker.failureRate = breakerFailureRate
    breaker.openFor = breakerOpen
    // Below the deadline, so that a Redis that is only just in time opens it, too.
    breaker.slowAfter = redisTimeout * 3 / 5
    return breaker
  }

  /// The Redis that is named, with whatever credentials; nil if it is to be one of our own.
  var deployment: Deployment? {
    guard var deployment = redisURL?.deployment else { return nil }
    deployment.tls = redisTLS
    if let redisPassword {
      deployment.credentials = Credentials(user: redisUsername, password: redisPassword.text)
    }
    return deployment
  }
}
