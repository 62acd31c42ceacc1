import Loop
import Redis

/// Reads what one Redis server says of itself, every few seconds: its time, and then one `INFO` call a
/// section, one at a time. `INFO commandstats` costs the server about 0.1 ms.
///
/// Confined to the back office.
final class ServerWatch {
  private let loop: Loop
  private let redis: RoutingClient
  private let address: SocketAddress
  private let statistics: ServerStatistics
  private let interval: Duration
  private let timeRead: (_ time: Int64, _ asked: Instant, _ answered: Instant) -> Void
  private var timer: Loop.TimerID?
  private var isOver = false

  /// - Parameter timeRead: Called with each time that the server told, µs, and between when it did.
  init(
    loop: Loop, redis: RoutingClient, address: SocketAddress, statistics: ServerStatistics,
    interval: Duration,
    timeRead: @escaping (_ time: Int64, _ asked: Instant, _ answered: Instant) -> Void
  ) {
    self.loop = loop
    self.redis = redis
    self.address = address
    self.statistics = statistics
    self.interval = interval
    self.timeRead = timeRead
  }

  /// Reads now, and again `interval` after each reading has ended.
  func start() {
    let asked = Instant.now
    redis.send(.time, to: address) { [self] result in
      if isOver { return }
      guard case .success(let reply) = result, let time = reply.time else {
        statistics.noAnswer()
        return pause()
      }
      let answered = Instant.now
      statistics.read(
        time, asked: asked, answered: answered, wallClock: WallClock.milliseconds)
      timeRead(time, asked, answered)
      read(ServerMetrics.sections[...], into: ServerInfo())
    }
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
