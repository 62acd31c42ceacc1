import Loop
import Metrics
import Testing

@testable import Operations

@Suite("ServerStatistics")
struct ServerStatisticsTests {
  private let registry = Registry()
  private let metrics: ServerMetrics

  init() {
    metrics = ServerMetrics(registry)
  }

  /// The value of a series, as it is scraped; nil if it is not there.
  private func value(_ series: String) -> String? {
    let text = String(decoding: registry.exposition(.text), as: UTF8.self)
    return text.split(separator: "\n").first { $0.hasPrefix("usher_redis_server_\(series) ") }
      .map { String($0.split(separator: " ")[1]) }
  }

  private func info(run: String, keys: Int, evicted: Int = 0, user: Double = 0) -> ServerInfo {
    ServerInfo(
      """
      run_id:\(run)
      cmdstat_keys:calls=\(keys),usec=1
      used_cpu_user:\(user)
      used_cpu_sys:0.5
      connected_clients:7
      used_memory:1000
      maxmemory:2000
      maxmemory_policy:noeviction
      evicted_keys:\(evicted)
      """)
  }

  @Test("a server is there from the beginning, with zeros, and then with what it says")
  func beginning() {
    #expect(value(#"up{node="a"}"#) == nil)
    let a = ServerStatistics(node: "a", metrics)
    #expect(value(#"up{node="a"}"#) == "0")
    #expect(value(#"commands_total{node="a",cmd="keys"}"#) == "0")
    #expect(value(#"cpu_seconds_total{node="a",mode="user"}"#) == "0")
    a.take(info(run: "1", keys: 5))
    #expect(value(#"up{node="a"}"#) == "1")
    #expect(value(#"memory_used_bytes{node="a"}"#) == "1000")
    #expect(value(#"memory_max_bytes{node="a"}"#) == "2000")
    #expect(value(#"connected_clients{node="a"}"#) == "7")
    #expect(value(#"noeviction{node="a"}"#) == "1")
  }

  @Test("each server is counted for itself, and none goes back when it starts again")
  func restart() {
    let (a, b) = (ServerStatistics(node: "a", metrics), ServerStatistics(node: "b", metrics))
    a.take(info(run: "1", keys: 5, user: 3))
    b.take(info(run: "2", keys: 50))
    a.take(info(run: "1", keys: 9, evicted: 2, user: 4.5))
    b.take(info(run: "2", keys: 51))
    #expect(value(#"commands_total{node="a",cmd="keys"}"#) == "4")
    #expect(value(#"commands_total{node="b",cmd="keys"}"#) == "1")
    a.noAnswer()
    #expect(value(#"up{node="a"}"#) == "0")
    #expect(value(#"up{node="b"}"#) == "1")
    a.take(info(run: "3", keys: 3, evicted: 1, user: 0.25))
    #expect(value(#"commands_total{node="a",cmd="keys"}"#) == "7")
    #expect(value(#"evicted_keys_total{node="a"}"#) == "3")
    #expect(value(#"cpu_seconds_total{node="a",mode="user"}"#) == "1.75")
  }

  @Test("what its clock says stands beside, until the server has gone")
  func clock() {
    func clock(_ series: String) -> String? {
      let text = String(decoding: registry.exposition(.text), as: UTF8.self)
      return text.split(separator: "\n").first { $0.hasPrefix("usher_redis_clock_\(series) ") }
        .map { String($0.split(separator: " ")[1]) }
    }
    let a = ServerStatistics(node: "a", metrics)
    #expect(clock(#"skew_seconds{node="a"}"#) == "0")
    #expect(clock(#"steps_total{node="a"}"#) == "0")
    for (second, skew) in [(1, 3), (2, 0)] {
      let now = Instant(nanoseconds: Int64(second) * 1_000_000_000)
      a.read(
        Int64(second + skew) * 1_000_000, asked: now, answered: now,
        wallClock: Int64(second) * 1000)
    }
    #expect(clock(#"skew_seconds{node="a"}"#) == "0")
    #expect(clock(#"steps_total{node="a"}"#) == "1")
    a.end()
    #expect(clock(#"skew_seconds{node="a"}"#) == nil)
    #expect(clock(#"steps_total{node="a"}"#) == nil)
  }

  @Test("of a server that has gone there are no series, and if it comes back it begins again")
  func gone() {
    let a = ServerStatistics(node: "a", metrics)
    a.take(info(run: "1", keys: 5))
    a.take(info(run: "1", keys: 6))
    a.end()
    a.take(info(run: "1", keys: 7))
    #expect(value(#"up{node="a"}"#) == nil)
    #expect(value(#"commands_total{node="a",cmd="keys"}"#) == nil)
    let again = ServerStatistics(node: "a", metrics)
    again.take(info(run: "1", keys: 8))
    #expect(value(#"commands_total{node="a",cmd="keys"}"#) == "0")
    #expect(value(#"up{node="a"}"#) == "1")
  }
}
