import Configuration
import Redis

extension RoutingClient.Settings {
  /// For the health check and `INFO`: patient, because a slow Redis is not a dead one, and never
  /// kept away. They are the first to see it come back.
  static func checks(_ settings: Settings) -> RoutingClient.Settings {
    var client = RoutingClient.Settings()
    client.breaker = nil
    var pool = PoolSettings()
    pool.backoff.longest = .milliseconds(500)
    pool.max = 2
    pool.minIdle = 1
    pool.pipelineDepth = 1
    // `INFO commandstats` takes about 20 KB.
    pool.maxReplyBytes = 1024 * 1024
    pool.wait = settings.healthTimeout
    pool.timeout = settings.healthTimeout
    pool.connectTimeout = settings.healthTimeout
    client.pool = pool
    return client
  }

  /// For parking, measuring and the secret.
  static func work(_ settings: Settings) -> RoutingClient.Settings {
    var client = RoutingClient.Settings()
    client.breaker = settings.breaker
    var pool = PoolSettings()
    pool.max = 2
    pool.minIdle = 1
    pool.wait = settings.redisPoolWait
    pool.timeout = settings.redisTimeout
    // 65,535 events with names of 64 bytes.
    pool.maxReplyBytes = 5 * 1024 * 1024
    pool.connectTimeout = settings.redisConnectTimeout
    client.pool = pool
    return client
  }
}
