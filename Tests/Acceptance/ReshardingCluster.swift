import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("a cluster whose slots move while people come, wait and enter")
  struct ReshardingCluster {
    @Test("slots go from shard to shard in a loop, and nobody notices")
    func loop() throws {
      // Each move costs a front a redirect or two, however few ask: what Redis sees depends on both, and
      // on no machine do more than 300 slots move a second here.
      let siege = try Siege(RedisCluster(), pause: .milliseconds(50))
      try siege.run { siege in
        let nodes = siege.cluster.nodes
        // redis-cli takes the lowest slots: of a node's own part those with events, and before them
        // what came from another.
        let moves = [(0, 1), (1, 2), (2, 0), (1, 2), (2, 1)]
        var turn = 0
        while siege.crowd.now < siege.trouble + 25 || turn < moves.count {
          let began = siege.crowd.now
          let (source, target) = moves[turn % moves.count]
          try siege.cluster.reshard(slots: Siege.reserved, from: nodes[source], to: nodes[target])
          try siege.cluster.awaitWhole()
          turn += 1
          siege.wait(until: began + Double(Siege.reserved) / 300)
        }
        print("siege: \(turn * Siege.reserved) slots moved")
      }
      try siege.expectOrder()
      siege.expectService()
      siege.expectThrift()
      #expect(siege.history.setbacks() == [])
      let page = try MetricsPage(siege.usher)
      #expect(try page.sum("usher_redis_redirects_total", ["kind": "moved"]) > 0)
    }

    /// An event's keys are all here, then some here and some there, then all there: while a script cannot
    /// have them all, its event must wait, and no other.
    @Test("a slot stands still half way")
    func halfway() throws {
      let siege = try Siege(RedisCluster())
      let event = siege.events[0]
      let stood = Span()
      try siege.run { siege in
        let (cluster, slot) = (siege.cluster, try siege.cluster.slot(of: event))
        let (source, target) = (cluster.nodes[0], cluster.nodes[1])
        try cluster.beginMigration(ofSlot: slot, from: source, to: target)
        siege.wait(until: siege.crowd.now + 3)
        stood.begin(siege.crowd.now)
        try cluster.migrate(["queue:event:{\(event)}"], from: source, to: target)
        siege.wait(until: siege.crowd.now + 3)
        let rest = try source.server.send("CLUSTER", "GETKEYSINSLOT", "\(slot)", "100").texts
        #expect(rest.count >= 4)
        try cluster.migrate(rest, from: source, to: target)
        stood.end(siege.crowd.now)
        siege.wait(until: siege.crowd.now + 3)
        try cluster.finishMigration(ofSlot: slot, from: source, to: target)
        siege.wait(until: siege.crowd.now + 3)
      }
      try siege.expectOrder()
      // Whoever asked last while it stood has an answer within the deadline.
      siege.expectService {
        $0.event == event && $0.received > stood.from && $0.sent < stood.to + 0.1
      }
      #expect(siege.history.setbacks() == [])
      let page = try MetricsPage(siege.usher)
      for kind in ["moved", "ask", "tryagain"] {
        #expect(try page.sum("usher_redis_redirects_total", ["kind": kind]) > 0, "\(kind)")
      }
    }
  }

  @Suite("a cluster that loses a whole shard")
  struct ShardLossCluster {
    @Test(
      "when it comes back empty, its people stand in their old order, and nobody went in before")
    func comesBackEmpty() throws {
      let siege = try Siege(RedisCluster())
      try siege.run { siege in
        let cluster = siege.cluster
        let (master, replica) = (cluster.nodes[0], cluster.nodes[3])
        siege.tally.read()
        for node in [master, replica] { try node.server.kill(SIGKILL) }
        for node in [master, replica] { try node.server.restart() }
        try eventually("writes are accepted", within: .seconds(20)) {
          siege.probe.acceptsSince(0, at: siege.crowd.now) != nil
            && siege.probe.lastChange > siege.trouble && siege.probe.acceptsAll
        }
        siege.note(lossOf: 0, from: 0, to: siege.crowd.now)
        siege.wait(until: siege.crowd.now + 26)
      }
      try siege.expectOrder()
      siege.expectService()
      siege.expectThrift()
      for event in siege.events(of: 0) {
        let created = try siege.cluster.send("HGET", "queue:state:{\(event)}", "created").integer
        let first = try #require(try Trail(of: event, in: siege.cluster).admissions.first)
        #expect(first.at >= (try #require(created)) + 21_000_000, "\(event)")
      }
    }
  }
}
