import Metrics
import Redis
import Synchronization

/// What a Redis server says of itself, whoever its clients are: the calls of commands that can stop
/// it, processor time, memory.
struct ServerMetrics: Sendable {
  /// The commands that are counted: those that cost O(N) or destroy, by anyone, and usher's own beside
  /// them to compare.
  static let commands = [
    "keys", "scan", "smembers", "hgetall", "hkeys", "hvals", "sort", "flushall", "flushdb",
    "debug", "evalsha", "zscore", "zrank",
  ]
  /// Sections to ask for; one call each, and first which run of the server it is.
  static let sections: [InfoSection] = [.server, .commandstats, .cpu, .clients, .memory, .stats]

  let up: GaugeFamily
  let calls: CounterFamily
  let clients: GaugeFamily
  let memoryUsed: GaugeFamily
  let memoryMax: GaugeFamily
  let evicted: CounterFamily
  let policy: GaugeFamily
  let processorTime: ProcessorTime

  /// Seconds are fractions, which a counter cell does not hold: computed at scrape from these.
  final class ProcessorTime: Sendable {
    private let seconds = Mutex<[String: (user: Double, system: Double)]>([:])

    func add(user: Double, system: Double, node: String) {
      seconds.withLock { seconds in
        let sum = seconds[node] ?? (0, 0)
        seconds[node] = (sum.user + user, sum.system + system)
      }
    }

    var samples: [(labelValues: [String], value: Double)] {
      seconds.withLock { $0 }.flatMap { node, sum in
        [([node, "user"], sum.user), ([node, "system"], sum.system)]
      }
    }
  }

  init(_ registry: Registry) {
    up = registry.gauge(
      "usher_redis_server_up", help: "Whether the server answered when last asked (1) or not (0).",
      labels: ["node"])
    calls = registry.counter(
      "usher_redis_server_commands_total",
      help:
        "Calls of a command by any client, as the server counts them, since usher began to watch.",
      labels: ["node", "cmd"])
    clients = registry.gauge(
      "usher_redis_server_connected_clients", help: "Clients connected to the server.",
      labels: ["node"])
    memoryUsed = registry.gauge(
      "usher_redis_server_memory_used_bytes", help: "Memory that the server uses.", labels: ["node"]
    )
    memoryMax = registry.gauge(
      "usher_redis_server_memory_max_bytes",
      help: "Memory that the server may use, 0 for no limit.",
      labels: ["node"])
    evicted = registry.counter(
      "usher_redis_server_evicted_keys_total",
      help:
        "Keys thrown out for want of memory since usher began to watch; each may be a whole line.",
      labels: ["node"])
    policy = registry.gauge(
      "usher_redis_server_noeviction",
      help:
        "Whether maxmemory-policy is noeviction (1), the only one that never throws out a line.",
      labels: ["node"])
    let time = ProcessorTime()
    processorTime = time
    registry.collect(
      "usher_redis_server_cpu_seconds_total", kind: .counter,
      help: "Processor time of the server since usher began to watch.", labels: ["node", "mode"]
    ) { time.samples }
  }
}

/// One server's statistics. Confined to the back office.
final class ServerStatistics {
  private let node: String
  private let up: Gauge
  private let calls: [(command: String, counter: Counter)]
  private let clients: Gauge
  private let memoryUsed: Gauge
  private let memoryMax: Gauge
  private let evicted: Counter
  private let noeviction: Gauge
  private let processorTime: ServerMetrics.ProcessorTime

  private var callCounts: [String: ForeignCount<UInt64>] = [:]
  private var evictedCount = ForeignCount<UInt64>()
  private var userTime = ForeignCount<Double>()
  private var systemTime = ForeignCount<Double>()

  init(node: String, _ metrics: ServerMetrics) {
    self.node = node
    up = metrics.up.cell(node)
    calls = ServerMetrics.commands.map { ($0, metrics.calls.cell(node, $0)) }
    clients = metrics.clients.cell(node)
    memoryUsed = metrics.memoryUsed.cell(node)
    memoryMax = metrics.memoryMax.cell(node)
    evicted = metrics.evicted.cell(node)
    noeviction = metrics.policy.cell(node)
    processorTime = metrics.processorTime
    processorTime.add(user: 0, system: 0, node: node)
  }

  /// The server answered with these sections.
  func take(_ info: ServerInfo) {
    up.set(1)
    for (command, counter) in calls {
      let growth = callCounts[command, default: .init()]
        .growth(to: info.calls(of: command), in: info.run)
      counter.increment(by: growth)
    }
    clients.set(info.number("connected_clients") ?? 0)
    memoryUsed.set(info.number("used_memory") ?? 0)
    memoryMax.set(info.number("maxmemory") ?? 0)
    noeviction.set(info.word("maxmemory_policy") == "noeviction" ? 1 : 0)
    evicted.increment(
      by: evictedCount.growth(to: info.count("evicted_keys") ?? 0, in: info.run))
    processorTime.add(
      user: userTime.growth(to: info.number("used_cpu_user") ?? 0, in: info.run),
      system: systemTime.growth(to: info.number("used_cpu_sys") ?? 0, in: info.run), node: node)
  }

  /// The server did not answer.
  func noAnswer() {
    up.set(0)
  }
}
