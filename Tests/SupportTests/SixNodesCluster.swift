import Foundation
import TestSupport
import Testing

@Suite("RedisCluster", .serialized, .tags(.cluster), .selected)
struct SixNodesCluster {
  @Test("it serves every slot from three masters, finds every key, and each has a replica")
  func whole() throws {
    let cluster = try RedisCluster()
    #expect(cluster.nodes.count == 6)
    let keys = (0..<30).map { "key \($0)" }
    for key in keys { #expect(try cluster.send("SET", key, key) == .status("OK")) }
    for key in keys { #expect(try cluster.send("GET", key) == .text(key)) }
    let owners = try Set(keys.map { try cluster.owner(of: $0).id })
    #expect(owners == Set(cluster.nodes.prefix(3).map(\.id)))
    for number in 0..<3 {
      #expect(
        try cluster.replicas(of: cluster.nodes[number]).map(\.id) == [cluster.nodes[number + 3].id])
    }
    #expect(try cluster.commandCounts()["get"] ?? 0 >= 30)
  }

  @Test("with TLS and the users of deploy/redis it is the same, and strangers are sent away")
  func secure() throws {
    let cluster = try RedisCluster(encryption: RedisEncryption(), users: RedisUsers())
    #expect(cluster.url.hasPrefix("rediss+cluster://127.0.0.1:"))
    #expect(try cluster.send("SET", "queue:event:{a}", "1") == .status("OK"))
    let owner = try cluster.owner(of: "queue:event:{a}")
    let stranger = try RedisConnection(owner.server.socket)
    #expect(
      try stranger.send("GET", "queue:event:{a}") == .error("NOAUTH Authentication required."))
    #expect(try stranger.send("AUTH", "usher", "the-word-of-usher") == .status("OK"))
    #expect(try stranger.send("GET", "queue:event:{a}") == .text("1"))
    let other = try #require(try cluster.masters().first { $0.id != owner.id })
    try moveHalfway(cluster, "queue:event:{a}", from: owner, to: other)
  }

  @Test("a slot can be moved, and stand still half way; many can be moved by redis-cli")
  func resharding() throws {
    let cluster = try RedisCluster()
    try cluster.send("SET", "{a}1", "one")
    try cluster.send("SET", "{a}2", "two")
    let source = try cluster.owner(of: "{a}1")
    let target = try #require(try cluster.masters().first { $0.id != source.id })
    try moveHalfway(cluster, "{a}1", from: source, to: target)
    #expect(try cluster.send("GET", "{a}2") == .text("two"))

    try cluster.awaitWhole()
    try cluster.reshard(slots: 10, from: target, to: source)
    try cluster.awaitWhole()
    let slots = try #require(try cluster.view(of: source).myself).slots
    #expect(slots.map(\.count).reduce(0, +) == cluster.slotsAtFirst(of: source) + 9)
  }

  /// Moves one key of a slot, looks, and moves the rest.
  private func moveHalfway(
    _ cluster: RedisCluster, _ key: String, from source: RedisCluster.Node,
    to target: RedisCluster.Node
  ) throws {
    let slot = try cluster.slot(of: key)
    try cluster.beginMigration(ofSlot: slot, from: source, to: target)
    try cluster.migrate([key], from: source, to: target)
    let reply = try source.server.connect().send("GET", key)
    #expect(reply == .error("ASK \(slot) 127.0.0.1:\(target.port)"))
    #expect(try cluster.send("GET", key).text != nil)
    try cluster.finishMigration(ofSlot: slot, from: source, to: target)
    #expect(try cluster.owner(of: key).id == target.id)
    #expect(try cluster.send("GET", key).text != nil)
  }

  @Test("a replica takes over from a master that dies, which comes back as a replica of it")
  func failover() throws {
    let cluster = try RedisCluster()
    try cluster.send("SET", "a", "1")
    let master = try cluster.owner(of: "a")
    let replica = try #require(try cluster.replicas(of: master).first)
    try master.server.kill(SIGKILL)
    try eventually("the replica has taken over", within: .seconds(20)) {
      (try? replica.server.send("GET", "a")) == .text("1")
    }
    try master.server.restart()
    try cluster.awaitWhole()
    #expect(try cluster.replicas(of: replica).map(\.id) == [master.id])

    try cluster.failOver(to: master)
    try cluster.awaitWhole()
    #expect(try cluster.owner(of: "a").id == master.id)
    #expect(try cluster.send("GET", "a") == .text("1"))
  }

  @Test("a halted node is passed over, and a shard of which both nodes died comes back empty")
  func shardLoss() throws {
    let cluster = try RedisCluster()
    try cluster.send("SET", "a", "1")
    let master = try cluster.owner(of: "a")
    let replica = try #require(try cluster.replicas(of: master).first)
    try replica.server.kill(SIGSTOP)
    #expect(cluster.running.count == 5)
    try replica.server.kill(SIGKILL)
    try master.server.kill(SIGKILL)
    for node in [master, replica] { try node.server.restart() }
    try cluster.awaitWhole()
    #expect(try cluster.send("GET", "a") == .null)
  }
}

extension RedisCluster {
  fileprivate func slotsAtFirst(of node: Node) -> Int {
    nodes.firstIndex { $0.id == node.id } == 2 ? 5462 : 5461
  }
}
