import Loop
import Queue
import Redis

/// A ``ServerWatch`` for each server on the roster.
///
/// Confined to the back office.
package final class ServerWatches {
  private let loop: Loop
  private let redis: RoutingClient
  private let metrics: ServerMetrics
  private let clock: RedisClock
  private var roster = ServerRoster()
  private var watches: [SocketAddress: ServerWatch] = [:]

  /// Watches no server yet; asks over the connections of `redis`.
  ///
  /// - Parameter clock: Hears what masters say of the time.
  package init(loop: Loop, redis: RoutingClient, metrics: ServerMetrics, clock: RedisClock) {
    self.loop = loop
    self.redis = redis
    self.metrics = metrics
    self.clock = clock
  }

  /// Watches the servers of `topology`, and for some time those that it no longer names.
  package func adopt(_ topology: Topology) {
    for address in roster.adopt(topology.nodes.map(\.address), at: loop.now) {
      let watch = ServerWatch(
        loop: loop, redis: redis, address: address,
        statistics: ServerStatistics(node: redis.name(of: address), metrics),
        interval: .seconds(5),
        timeRead: { [redis, clock] time, asked, answered in
          // No event goes by a replica's clock yet.
          guard redis.masters.contains(address) else { return }
          clock.measured(time, at: answered - (answered - asked) / 2)
        })
      watches[address] = watch
      watch.start()
    }
    strike()
    if roster.hasAbsent {
      loop.schedule(after: ServerRoster.patience) { [weak self] in self?.strike() }
    }
  }

  private func strike() {
    for address in roster.strike(at: loop.now) { watches.removeValue(forKey: address)?.stop() }
  }
}
