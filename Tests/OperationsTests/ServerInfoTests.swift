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
    cmdstat_debug|object:calls=9,usec=1\r
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

  @Test("what no server counts to is no number, and adding up what is one never overflows")
  func extremes() {
    for text in ["18446744073709551615", "9007199254740993", "-1", "nan", "inf", "1e999", ""] {
      let info = ServerInfo("used_memory:\(text)\ncmdstat_keys:calls=\(text),usec=1")
      #expect(info.count("used_memory") == nil)
      #expect(info.calls(of: "keys") == 0)
    }
    for text in ["-1", "nan", "inf", "1e999", "1e19"] {
      #expect(ServerInfo("used_cpu_sys:\(text)").number("used_cpu_sys") == nil)
    }
    var readings = ServerReadings()
    for run in 0..<4000 {
      readings.take(
        ServerInfo("run_id:\(run)\nevicted_keys:\(1 << 53)\ncmdstat_keys:calls=\(1 << 53)"))
    }
    #expect(readings.isUp)
  }

  @Test("of all that a server says only what is read is kept, if it is short")
  func kept() {
    let long = String(repeating: "1", count: 257)
    let info = ServerInfo("run_id:\(long)\nused_memory:0000000001\n" + "a:b\n")
    #expect(info.run == nil)
    #expect(info.count("used_memory") == 1)
  }

  @Test("a command that no client called counts 0, and a subcommand is not its container")
  func absent() {
    #expect(info.calls(of: "flushall") == 0)
    #expect(info.calls(of: "debug") == 0)
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
