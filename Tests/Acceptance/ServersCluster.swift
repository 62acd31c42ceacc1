import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("the statistics of a cluster's servers, and who may ask them what")
  struct ServersCluster {
    private func value(_ name: String, _ node: RedisCluster.Node, _ door: any Door) throws
      -> Double?
    {
      let found = try MetricsPage(door.usher)
        .samples(of: "usher_redis_server_\(name)", ["node": node.name])
      return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
    }

    private func keys(_ node: RedisCluster.Node, _ door: any Door) throws -> Double {
      try MetricsPage(door.usher)
        .sum("usher_redis_server_commands_total", ["node": node.name, "cmd": "keys"])
    }

    @Test("each node is measured, replicas too, and none counts backwards when it starts again")
    func everyNode() throws {
      let cluster = try RedisCluster()
      let site = try Site(ground: Ground(cluster))
      try eventually("all six are up and measured", within: .seconds(20)) {
        try cluster.nodes.allSatisfy {
          try value("up", $0, site) == 1 && value("memory_used_bytes", $0, site) ?? 0 > 0
        }
      }
      let (master, replica) = (cluster.nodes[0], cluster.nodes[3])
      for node in [master, replica] { try node.server.send("KEYS", "*") }
      try eventually("both KEYS are counted", within: .seconds(20)) {
        try keys(master, site) == 1 && keys(replica, site) == 1
      }
      #expect(try keys(cluster.nodes[1], site) == 0)

      try replica.server.kill(SIGKILL)
      try eventually("it is seen to be down", within: .seconds(30)) {
        try value("up", replica, site) == 0
      }
      #expect(try value("up", master, site) == 1)
      // Longer than it takes the cluster to name it no more.
      usleep(3_000_000)
      #expect(try value("up", replica, site) == 0)
      try replica.server.restart()
      try replica.server.send("KEYS", "*")
      try eventually("it is up, and its next KEYS is added", within: .seconds(30)) {
        try value("up", replica, site) == 1 && keys(replica, site) == 2
      }
    }

    @Test("with the user of deploy/redis usher lacks nothing, and KEYS is denied")
    func permissions() throws {
      let site = try Site(Scenario.flags, on: .securedCluster)
      try Scenario(venue: site, event: "show").run()
      try eventually("the servers are measured", within: .seconds(20)) {
        try MetricsPage(site.usher).samples(of: "usher_redis_server_up").map(\.value)
          == Array(repeating: 1, count: 6)
      }
      let cluster = try #require(site.redis as? RedisCluster)
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
