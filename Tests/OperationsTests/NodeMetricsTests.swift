import Loop
import Metrics
import Redis
import TestSupport
import Testing

@testable import Logging
@testable import Operations

@Suite("NodeMetricsFactory")
struct NodeMetricsTests {
  private let registry = Registry()
  private let loop: Loop
  private let factory: NodeMetricsFactory
  private let pipe: Pipe
  private let script = Script(name: "enter", source: Array("return 1".utf8))

  init() throws {
    loop = try Loop()
    pipe = try Pipe()
    factory = NodeMetricsFactory(
      RedisMetrics(registry), poolMax: 4, scripts: [script],
      log: ConnectionLog(Log(level: .error, format: .text, descriptor: pipe.writeEnd)), loop: loop)
  }

  private var page: String { String(decoding: registry.exposition(.text), as: UTF8.self) }

  private func endpoint(_ number: Int) -> Endpoint {
    Endpoint(address: .tcp(host: "10.0.0.\(number)", port: 6379))
  }

  @Test("an address that changes 50 times leaves no series behind five minutes after the last")
  func rollouts() throws {
    let first = factory.observer(of: endpoint(0))
    first.observe(.opened)
    let before = page
    weak var last: NodeMetrics?
    for number in 1...50 {
      let node = factory.observer(of: endpoint(number))
      node.observe(.opened)
      node.observe(.openingFailed("refused"))
      node.observe(.answered(.get, script: nil, after: .milliseconds(1)))
      node.circuitChanged(to: .open)
      node.retired()
      last = node
    }
    #expect(page.contains("10.0.0.50:6379"))
    #expect(last != nil)
    factory.forgetGone(at: loop.now + .seconds(299))
    #expect(page.contains("10.0.0.50:6379"))
    factory.forgetGone(at: .now + .seconds(300))
    #expect(last == nil)
    // What the commands of all nodes came to stays.
    let count = #"usher_redis_command_duration_seconds_count{cmd="get"} "#
    #expect(page.contains(count + "50\n"))
    func series(_ page: String) -> [Substring] {
      page.split(separator: "\n").map { $0.prefix { $0 != " " } }
    }
    #expect(series(page) == series(before))
  }

  @Test("a node that comes back in time goes on counting where it stopped")
  func back() {
    let opened = #"usher_redis_pool_connections_opened_total{node="10.0.0.1:6379"} "#
    for time in 1...3 {
      let node = factory.observer(of: endpoint(1))
      node.observe(.opened)
      #expect(page.contains(opened + "\(time)\n"))
      node.retired()
      factory.forgetGone(at: .now + .seconds(200))
    }
    factory.forgetGone(at: .now + .seconds(301))
    _ = factory.observer(of: endpoint(1))
    #expect(page.contains(opened + "0\n"))
  }

  @Test("so many nodes have series of their own, those that are gone the first to lose them")
  func limit() {
    let many = (0..<NodeMetricsFactory.limit).map { number in
      factory.observer(
        of: Endpoint(address: .tcp(host: "10.1.\(number / 250).\(number % 250)", port: 1)))
    }
    #expect(!page.contains("other"))
    let another = factory.observer(of: endpoint(1))
    another.observe(.opened)
    #expect(page.contains(#"connections_opened_total{node="other"} 1"#))
    another.retired()
    #expect(!page.contains("other"))
    many[0].retired()
    _ = factory.observer(of: endpoint(2))
    #expect(!page.contains("other"))
    #expect(!page.contains("10.1.0.0:1"))
  }
}
