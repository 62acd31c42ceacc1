import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("the statistics of a cluster's servers, and who may ask them what", .tags(.cluster))
  struct ServersCluster {
    private func value(_ name: String, _ node: RedisCluster.Node, _ door: UsherFixture) throws
      -> Double?
    {
      let found = try MetricsPage(door.usher)
        .samples(of: "usher_redis_server_\(name)", ["node": node.name])
      return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
    }

    private func keys(_ node: RedisCluster.Node, _ door: UsherFixture) throws -> Double {
      try MetricsPage(door.usher)
        .sum("usher_redis_server_commands_total", ["node": node.name, "cmd": "keys"])
    }

    @Test("each node is measured, replicas too, and none counts backwards when it starts again")
    func everyNode() throws {
      let cluster = try RedisCluster()
      let fixture = try UsherFixture(redis: .nodes(cluster))
      try eventually("all six are up and measured", within: .seconds(20)) {
        try cluster.nodes.allSatisfy {
          try value("up", $0, fixture) == 1 && value("memory_used_bytes", $0, fixture) ?? 0 > 0
        }
      }
      let (master, replica) = (cluster.nodes[0], cluster.nodes[3])
      for node in [master, replica] { try node.server.send("KEYS", "*") }
      try eventually("both KEYS are counted", within: .seconds(20)) {
        try keys(master, fixture) == 1 && keys(replica, fixture) == 1
      }
      #expect(try keys(cluster.nodes[1], fixture) == 0)

      try replica.server.kill(SIGKILL)
      try eventually("it is seen to be down", within: .seconds(30)) {
        try value("up", replica, fixture) == 0
      }
      #expect(try value("up", master, fixture) == 1)
      // Longer than it takes the cluster to name it no more.
      usleep(3_000_000)
      #expect(try value("up", replica, fixture) == 0)
      try replica.server.restart()
      try replica.server.send("KEYS", "*")
      try eventually("it is up, and its next KEYS is added", within: .seconds(30)) {
        try value("up", replica, fixture) == 1 && keys(replica, fixture) == 2
      }
    }

    @Test("with the user of deploy/redis usher lacks nothing, and KEYS is denied")
    func permissions() throws {
      let fixture = try UsherFixture(redis: .tlsCluster, flags: EveryOperation.flags)
      try EveryOperation.run(at: "show", in: fixture)
      try eventually("the servers are measured", within: .seconds(20)) {
        try MetricsPage(fixture.usher).samples(of: "usher_redis_server_up").map(\.value)
          == Array(repeating: 1, count: 6)
      }
      let cluster = try #require(fixture.store as? RedisCluster)
      for node in cluster.nodes {
        #expect(try node.server.send("ACL", "LOG") == .array([]))
        let usher = try RedisConnection(node.server.socket)
        #expect(try usher.send("AUTH", "usher", "the-word-of-usher") == .status("OK"))
        for command in [["KEYS", "*"], ["FLUSHALL"], ["SCAN", "0"], ["SCRIPT", "FLUSH"]] {
          let reply = try usher.send(command)
          guard case .error(let message) = reply, message.hasPrefix("NOPERM") else {
            Issue.record("\(command): \(reply)")
            continue
          }
        }
        try node.server.send("ACL", "LOG", "RESET")
      }
    }
  }
}
