/// What one Redis server has said of itself since usher began to watch it.
struct ServerReadings: Sendable {
  /// Whether it answered when last asked.
  private(set) var isUp = false
  /// How often each of ``ServerMetrics/commands`` was called, by any client.
  private(set) var calls = [UInt64](repeating: 0, count: ServerMetrics.commands.count)
  private(set) var clients = 0.0
  private(set) var memoryUsed = 0.0
  /// 0 for no limit.
  private(set) var memoryMax = 0.0
  /// Keys thrown out for want of memory.
  private(set) var evicted: UInt64 = 0
  /// Whether `maxmemory-policy` is the one that throws out nothing.
  private(set) var isNoeviction = false
  /// Processor time in seconds.
  private(set) var userTime = 0.0
  private(set) var systemTime = 0.0

  private var callCounts = [ForeignCount<UInt64>](
    repeating: ForeignCount(), count: ServerMetrics.commands.count)
  private var evictedCount = ForeignCount<UInt64>()
  private var userCount = ForeignCount<Double>()
  private var systemCount = ForeignCount<Double>()

  /// The server answered with these sections.
  mutating func take(_ info: ServerInfo) {
    isUp = true
    for (index, command) in ServerMetrics.commands.enumerated() {
      calls[index] &+= callCounts[index].growth(to: info.calls(of: command), in: info.run)
    }
    clients = info.number("connected_clients") ?? 0
    memoryUsed = info.number("used_memory") ?? 0
    memoryMax = info.number("maxmemory") ?? 0
    isNoeviction = info.word("maxmemory_policy") == "noeviction"
    evicted &+= evictedCount.growth(to: info.count("evicted_keys") ?? 0, in: info.run)
    userTime += userCount.growth(to: info.number("used_cpu_user") ?? 0, in: info.run)
    systemTime += systemCount.growth(to: info.number("used_cpu_sys") ?? 0, in: info.run)
  }

  /// The server did not answer.
  mutating func noAnswer() {
    isUp = false
  }
}
