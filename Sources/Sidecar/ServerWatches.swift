import Loop
import Redis

/// A ``ServerWatch`` for each server that Redis consists of.
///
/// Confined to the back office.
final class ServerWatches {
  private let loop: Loop
  private let redis: RoutingClient
  private let metrics: ServerMetrics
  private var watches: [SocketAddress: ServerWatch] = [:]

  init(loop: Loop, redis: RoutingClient, metrics: ServerMetrics) {
    self.loop = loop
    self.redis = redis
    self.metrics = metrics
  }

  /// Watches the servers of `topology`, and no others.
  func adopt(_ topology: Topology) {
    let servers = Set(topology.nodes.map(\.address))
    for (address, watch) in watches where !servers.contains(address) {
      watches[address] = nil
      watch.stop()
    }
    for address in servers where watches[address] == nil {
      let watch = ServerWatch(
        loop: loop, redis: redis, address: address,
        statistics: ServerStatistics(node: redis.name(of: address), metrics),
        interval: .seconds(5))
      watches[address] = watch
      watch.start()
    }
  }
}
