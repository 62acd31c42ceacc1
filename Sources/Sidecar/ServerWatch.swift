import Loop
import Redis

/// Reads what the Redis server says of itself, every few seconds.
///
/// One `INFO` call a section, one at a time: `INFO commandstats` costs the server about 0.1 ms.
/// Confined to the back office.
final class ServerWatch {
  private let loop: Loop
  private let redis: any RedisClient
  private let statistics: ServerStatistics
  private let interval: Duration

  init(loop: Loop, redis: any RedisClient, statistics: ServerStatistics, interval: Duration) {
    self.loop = loop
    self.redis = redis
    self.statistics = statistics
    self.interval = interval
  }

  /// Reads now, and again `interval` after each reading has ended.
  func start() {
    read(ServerMetrics.sections[...], text: "")
  }

  private func read(_ sections: ArraySlice<InfoSection>, text: String) {
    guard let section = sections.first else {
      statistics.take(ServerInfo(text))
      return pause()
    }
    redis.send(.info(section)) { [self] result in
      guard case .success(let reply) = result, let more = reply.text else {
        statistics.noAnswer()
        return pause()
      }
      read(sections.dropFirst(), text: text + more + "\n")
    }
  }

  private func pause() {
    loop.schedule(after: interval) { [self] in start() }
  }
}
