import Loop
import Redis

/// Reads what one Redis server says of itself, every few seconds.
///
/// One `INFO` call a section, one at a time: `INFO commandstats` costs the server about 0.1 ms.
/// Confined to the back office.
final class ServerWatch {
  private let loop: Loop
  private let redis: RoutingClient
  private let address: SocketAddress
  private let statistics: ServerStatistics
  private let interval: Duration
  private var timer: Loop.TimerID?
  private var isOver = false

  init(
    loop: Loop, redis: RoutingClient, address: SocketAddress, statistics: ServerStatistics,
    interval: Duration
  ) {
    self.loop = loop
    self.redis = redis
    self.address = address
    self.statistics = statistics
    self.interval = interval
  }

  /// Reads now, and again `interval` after each reading has ended.
  func start() {
    read(ServerMetrics.sections[...], into: ServerInfo())
  }

  private func read(_ sections: ArraySlice<InfoSection>, into info: ServerInfo) {
    guard let section = sections.first else {
      statistics.take(info)
      return pause()
    }
    redis.send(.info(section), to: address) { [self] result in
      if isOver { return }
      guard case .success(let reply) = result, let text = reply.text else {
        statistics.noAnswer()
        return pause()
      }
      var info = info
      info.take(text)
      read(sections.dropFirst(), into: info)
    }
  }

  /// Reads no more.
  func stop() {
    isOver = true
    if let timer { loop.cancel(timer) }
    statistics.end()
  }

  private func pause() {
    timer = loop.schedule(after: interval) { [self] in start() }
  }
}
