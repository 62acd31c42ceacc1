import Loop
import Testing

@testable import Redis

@Suite struct TopologyTests {
  private let asked = SocketAddress.tcp(host: "seed", port: 1)

  private func tcp(_ host: String, _ port: UInt16) -> SocketAddress { .tcp(host: host, port: port) }

  private func clusterSlots(_ resp: String) throws -> Topology? {
    try reply(resp).flatMap { try Topology(clusterSlots: $0, asked: asked) }
  }

  private func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

  /// `[host, port, id, [name, value …]]`, as Redis 7 says it.
  private func node(_ host: String?, _ port: Int, _ metadata: [String] = []) -> String {
    "*4\r\n" + (host.map(bulk) ?? "$-1\r\n") + ":\(port)\r\n" + bulk("id")
      + "*\(metadata.count)\r\n" + metadata.map(bulk).joined()
  }

  private func range(_ first: Int, _ last: Int, _ nodes: String...) -> String {
    "*\(2 + nodes.count)\r\n:\(first)\r\n:\(last)\r\n" + nodes.joined()
  }

  @Test("a single server serves every slot")
  func single() {
    let topology = Topology(single: tcp("a", 1), replicas: [tcp("b", 2)])
    #expect(topology.master(of: 0) == tcp("a", 1))
    #expect(topology.master(of: 16383) == tcp("a", 1))
    #expect(topology.masters == [tcp("a", 1)])
    #expect(topology.nodes == [.init(tcp("a", 1), .master), .init(tcp("b", 2), .replica)])
  }

  @Test("masters, replicas and who serves what, from CLUSTER SLOTS")
  func cluster() throws {
    let topology = try #require(
      try clusterSlots(
        "*3\r\n" + range(0, 5460, node("10.0.0.1", 7000), node("10.0.0.4", 7003))
          + range(5461, 10922, node("10.0.0.2", 7001), node("10.0.0.5", 7004))
          + range(10924, 16383, node("10.0.0.1", 7000), node("10.0.0.4", 7003))))
    #expect(topology.masters == [tcp("10.0.0.1", 7000), tcp("10.0.0.2", 7001)])
    #expect(topology.nodes.count == 4)
    #expect(topology.master(of: 0) == tcp("10.0.0.1", 7000))
    #expect(topology.master(of: 5460) == tcp("10.0.0.1", 7000))
    #expect(topology.master(of: 5461) == tcp("10.0.0.2", 7001))
    #expect(topology.master(of: 10923) == nil)
    #expect(topology.master(of: 16383) == tcp("10.0.0.1", 7000))
  }

  @Test("a cluster whose slots are scattered one by one is read like any other")
  func scattered() throws {
    let nodes = (0..<3).map { node("10.0.0.\($0)", 7000) }
    let ranges = (0..<16_384).map { range($0, $0, nodes[$0 % 3]) }
    let topology = try #require(try clusterSlots("*16384\r\n" + ranges.joined()))
    #expect(topology.masters.count == 3)
    for slot in 0..<UInt16(16_384) {
      #expect(topology.master(of: slot) == tcp("10.0.0.\(slot % 3)", 7000))
    }
  }

  @Test("the same servers in another order are the same topology")
  func equality() throws {
    let one = node("10.0.0.1", 7000)
    let two = node("10.0.0.2", 7001)
    let topology = try clusterSlots("*2\r\n" + range(0, 9, one) + range(10, 16383, two))
    #expect(try clusterSlots("*2\r\n" + range(10, 16383, two) + range(0, 9, one)) == topology)
    #expect(try clusterSlots("*2\r\n" + range(0, 10, one) + range(11, 16383, two)) != topology)
  }

  @Test("a node that announces no host is where the asked one is, or what else it is called")
  func hosts() throws {
    let hosts: [(String, SocketAddress)] = [
      (node("db.example.com", 7000, ["ip", "10.0.0.1"]), tcp("db.example.com", 7000)),
      (node("?", 7000, ["ip", "10.0.0.1"]), tcp("10.0.0.1", 7000)),
      (node("?", 7000), tcp("seed", 7000)),
      (node("", 7000), tcp("seed", 7000)),
      (node(nil, 7000, ["hostname", ""]), tcp("seed", 7000)),
      // Redis before 4.0 has neither an id nor metadata.
      ("*2\r\n" + bulk("10.0.0.1") + ":7000\r\n", tcp("10.0.0.1", 7000)),
    ]
    for (node, address) in hosts {
      #expect(try clusterSlots("*1\r\n" + range(0, 16383, node))?.masters == [address])
    }
  }

  @Test("what is no topology is none")
  func nonsense() throws {
    let replies = [
      "+OK\r\n", "*0\r\n", ":1\r\n", "$-1\r\n", "*1\r\n:1\r\n", "*1\r\n*2\r\n:0\r\n:1\r\n",
      "*1\r\n" + range(5, 4, node("a", 1)), "*1\r\n" + range(0, 16384, node("a", 1)),
      "*1\r\n" + range(-1, 4, node("a", 1)), "*1\r\n" + range(0, 1, node("a", 0)),
      "*1\r\n" + range(0, 1, node("a", 65536)), "*1\r\n" + range(0, 1, "*1\r\n" + bulk("a")),
    ]
    for text in replies { #expect(try clusterSlots(text) == nil, "\(text)") }
  }

  @Test("a master and its replicas, from ROLE")
  func role() throws {
    let replica = "*3\r\n" + bulk("10.0.0.2") + bulk("7001") + bulk("42")
    let master = try #require(try reply("*3\r\n" + bulk("master") + ":42\r\n*1\r\n" + replica))
    #expect(
      try Topology(role: master, of: asked)
        == Topology(single: asked, replicas: [tcp("10.0.0.2", 7001)]))
    let other = try #require(
      try reply(
        "*5\r\n" + bulk("slave") + bulk("10.0.0.1") + ":7000\r\n" + bulk("connected") + ":1\r\n"))
    #expect(try Topology(role: other, of: asked) == nil)
  }
}
