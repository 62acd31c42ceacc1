import Locking
import Loop
import Metrics
import Redis

/// What the Redis servers say of themselves, whichever clients they have: the calls of commands
/// that can stop them, processor time, memory.
///
/// Its series come and go with the servers, so they are computed at scrape from the last readings.
package final class ServerMetrics: Sendable {
  /// The commands that are counted: those that cost O(N) or destroy, and usher's own beside
  /// them to compare.
  static let commands = [
    "keys", "scan", "smembers", "hgetall", "hkeys", "hvals", "sort", "flushall", "flushdb",
    "debug", "evalsha", "zscore", "zrank",
  ]
  /// Sections to ask for; one call each, and first which run of the server it is.
  static let sections: [InfoSection] = [.server, .commandstats, .cpu, .clients, .memory, .stats]

  private let readings = Lock<[String: ServerReadings]>([:])

  typealias Samples = [(labelValues: [String], value: Double)]

  /// Registers the families.
  package init(_ registry: Registry) {
    gauge("server_up", "Whether the server answered when last asked (1) or not (0).", registry) {
      $0.isUp ? 1 : 0
    }
    counter(
      "server_commands_total",
      "Calls of a command by any client, as the server counts them, since usher began to watch.",
      labels: ["cmd"], registry
    ) { readings in
      zip(Self.commands, readings.calls).map { ([$0], Double($1)) }
    }
    gauge("server_connected_clients", "Clients connected to the server.", registry) { $0.clients }
    gauge("server_memory_used_bytes", "Memory that the server uses.", registry) { $0.memoryUsed }
    gauge("server_memory_max_bytes", "Memory that the server may use, 0 for no limit.", registry) {
      $0.memoryMax
    }
    counter(
      "server_evicted_keys_total",
      "Keys thrown out for want of memory since usher began to watch; each may be a whole line.",
      registry
    ) { [([], Double($0.evicted))] }
    gauge(
      "server_noeviction",
      "Whether maxmemory-policy is noeviction (1), the only one that never throws out a line.",
      registry
    ) { $0.isNoeviction ? 1 : 0 }
    counter(
      "server_cpu_seconds_total", "Processor time of the server since usher began to watch.",
      labels: ["mode"], registry
    ) { [(["user"], $0.userTime), (["system"], $0.systemTime)] }
    gauge(
      "clock_skew_seconds",
      "The server's clock less the clock of this machine, as last measured; 0 until it is.",
      registry
    ) { $0.clock.skew }
    counter(
      "clock_steps_total",
      "Times that the server's clock was found more than 2 s from where it should be by then.",
      registry
    ) { [([], Double($0.clock.steps))] }
  }

  private func gauge(
    _ name: String, _ help: String, _ registry: Registry,
    _ value: @escaping @Sendable (ServerReadings) -> Double
  ) {
    registry.collect(
      "usher_redis_\(name)", kind: .gauge, help: help, labels: ["node"]
    ) { [self] in samples { [([], value($0))] } }
  }

  private func counter(
    _ name: String, _ help: String, labels: [String] = [], _ registry: Registry,
    _ values: @escaping @Sendable (ServerReadings) -> Samples
  ) {
    registry.collect(
      "usher_redis_\(name)", kind: .counter, help: help, labels: ["node"] + labels
    ) { [self] in samples(values) }
  }

  private func samples(_ values: (ServerReadings) -> Samples) -> Samples {
    readings.withLock { $0 }.flatMap { node, readings in
      values(readings).map { ([node] + $0.labelValues, $0.value) }
    }
  }

  fileprivate func begin(_ node: String) {
    readings.withLock { $0[node] = ServerReadings() }
  }

  fileprivate func change(_ node: String, _ body: (inout ServerReadings) -> Void) {
    readings.withLock { readings in
      if readings[node] != nil { body(&readings[node, default: ServerReadings()]) }
    }
  }

  fileprivate func end(_ node: String) {
    readings.withLock { $0[node] = nil }
  }
}

/// One server's statistics. There is one at a time for each node.
final class ServerStatistics {
  private let node: String
  private let metrics: ServerMetrics

  /// From now on there are series of `node`.
  init(node: String, _ metrics: ServerMetrics) {
    self.node = node
    self.metrics = metrics
    metrics.begin(node)
  }

  /// The server answered with these sections.
  func take(_ info: ServerInfo) {
    metrics.change(node) { $0.take(info) }
  }

  /// The server told its time; see ``ServerClock``.
  func read(_ time: Int64, asked: Instant, answered: Instant, wallClock: Int64) {
    metrics.change(node) {
      $0.clock.read(time, asked: asked, answered: answered, wallClock: wallClock)
    }
  }

  /// The server did not answer.
  func noAnswer() {
    metrics.change(node) { $0.noAnswer() }
  }

  /// The server is no longer one of ours: from now on there are no series of it.
  func end() {
    metrics.end(node)
  }
}
