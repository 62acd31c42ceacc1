import Testing

@testable import Operations

@Suite("ServerInfo")
struct ServerInfoTests {
  private let info = ServerInfo(
    """
    # Server\r
    run_id:5f2c9a\r
    # CPU\r
    used_cpu_sys:12.345\r
    \r
    # Memory\r
    maxmemory_policy:noeviction\r
    used_memory:1048576\r
    # Commandstats\r
    cmdstat_keys:calls=3,usec=71,usec_per_call=23.67,rejected_calls=0,failed_calls=0\r
    cmdstat_config|get:calls=9,usec=1\r
    nonsense
    """)

  @Test("reads numbers, words and calls")
  func reads() {
    #expect(info.number("used_cpu_sys") == 12.345)
    #expect(info.word("maxmemory_policy") == "noeviction")
    #expect(info.run == "5f2c9a")
    #expect(info.count("used_memory") == 1_048_576)
    #expect(info.calls(of: "keys") == 3)
  }

  @Test("a command that no client called counts 0, and a subcommand is not its container")
  func absent() {
    #expect(info.calls(of: "flushall") == 0)
    #expect(info.calls(of: "config") == 0)
    #expect(info.count("used_cpu_sys") == nil)
  }
}

@Suite("ForeignCount")
struct ForeignCountTests {
  @Test("counts from the first reading on, and a fall is a new start")
  func growth() {
    var count = ForeignCount<UInt64>()
    #expect(count.growth(to: 40, in: nil) == 0)
    #expect(count.growth(to: 41, in: nil) == 1)
    #expect(count.growth(to: 41, in: nil) == 0)
    #expect(count.growth(to: 2, in: nil) == 2)
    #expect(count.growth(to: 5, in: nil) == 3)
  }

  @Test("another run is a new start, also when its count is not below the old one")
  func anotherRun() {
    var count = ForeignCount<UInt64>()
    #expect(count.growth(to: 1, in: "a") == 0)
    #expect(count.growth(to: 1, in: "b") == 1)
    #expect(count.growth(to: 7, in: "c") == 7)
    #expect(count.growth(to: 8, in: "c") == 1)
  }
}
