import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("a cluster whose slots move while people come, wait and enter", .tags(.cluster, .long))
  struct ReshardingCluster {
    @Test("slots go from shard to shard in a loop, and no client notices")
    func loop() throws {
      // Each move costs a front a redirect or two, however few ask: what Redis sees depends on both, and
      // on no machine do more than 300 slots move a second here.
      let run = try ClusterUnderLoad(RedisCluster(), pause: .milliseconds(50))
      try run.run { run in
        let nodes = run.cluster.nodes
        // redis-cli takes the lowest slots: of a node's own part those with events, and before them
        // what came from another.
        let moves = [(0, 1), (1, 2), (2, 0), (1, 2), (2, 1)]
        var turn = 0
        while run.load.now < run.trouble + Selection.amount(normal: 10, long: 25)
          || turn < moves.count
        {
          let began = run.load.now
          let (source, target) = moves[turn % moves.count]
          try run.cluster.reshard(
            slots: ClusterUnderLoad.reserved, from: nodes[source], to: nodes[target])
          try run.cluster.awaitWhole()
          turn += 1
          run.wait(until: began + Double(ClusterUnderLoad.reserved) / 300)
        }
        print("cluster under load: \(turn * ClusterUnderLoad.reserved) slots moved")
      }
      try run.expectOrder()
      run.expectService()
      run.expectThrift()
      #expect(run.history.setbacks() == [])
      let page = try MetricsPage(run.usher)
      #expect(try page.sum("usher_redis_redirects_total", ["kind": "moved"]) > 0)
    }

    /// An event's keys are all here, then some here and some there, then all there: while a script cannot
    /// have them all, its event must wait, and no other.
    @Test("a slot stands still half way")
    func halfway() throws {
      let run = try ClusterUnderLoad(RedisCluster())
      let event = run.events[0]
      let stood = TimeWindow()
      try run.run { run in
        let (cluster, slot) = (run.cluster, try run.cluster.slot(of: event))
        let (source, target) = (cluster.nodes[0], cluster.nodes[1])
        try cluster.beginMigration(ofSlot: slot, from: source, to: target)
        run.wait(until: run.load.now + 3)
        stood.begin(run.load.now)
        try cluster.migrate(["queue:event:{\(event)}"], from: source, to: target)
        run.wait(until: run.load.now + 3)
        let rest = try source.server.send("CLUSTER", "GETKEYSINSLOT", "\(slot)", "100").texts
        #expect(rest.count >= 4)
        try cluster.migrate(rest, from: source, to: target)
        stood.end(run.load.now)
        run.wait(until: run.load.now + 3)
        try cluster.finishMigration(ofSlot: slot, from: source, to: target)
        run.wait(until: run.load.now + 3)
      }
      try run.expectOrder()
      // The last request while it stood is answered within the deadline.
      run.expectService {
        $0.event == event && $0.received > stood.from && $0.sent < stood.to + 0.1
      }
      #expect(run.history.setbacks() == [])
      let page = try MetricsPage(run.usher)
      for kind in ["moved", "ask", "tryagain"] {
        #expect(try page.sum("usher_redis_redirects_total", ["kind": kind]) > 0, "\(kind)")
      }
    }
  }

  @Suite("a cluster that loses a whole shard", .tags(.cluster))
  struct ShardLossCluster {
    @Test(
      "when it comes back empty, its people stand in their old order, and no one went in before")
    func comesBackEmpty() throws {
      let run = try ClusterUnderLoad(RedisCluster())
      let before = try run.cluster.nodes[0].server.time()
      let share = RedisCluster.slots / ClusterUnderLoad.parts
      let store = try #require(try (0..<100).first { try run.cluster.slot(of: "\($0)") < share })
      try run.run { run in
        let cluster = run.cluster
        let (master, replica) = (cluster.nodes[0], cluster.nodes[3])
        run.tally.read()
        for node in [master, replica] { try node.server.kill(SIGKILL) }
        for node in [master, replica] { try node.server.restart() }
        try eventually("writes are accepted", within: .seconds(20)) {
          run.probe.acceptsSince(0, at: run.load.now) != nil
            && run.probe.lastChange > run.trouble && run.probe.acceptsAll
        }
        run.note(lossOf: 0, from: 0, to: run.load.now)
        run.wait(until: run.load.now + 26)
      }
      try run.expectOrder()
      run.expectService()
      run.expectThrift()
      for event in run.events(of: 0) {
        let began = try RebuildWindow.begin(of: event, ofStore: store, in: run.cluster)
        #expect(began > before, "\(event)")
        let first = try #require(try AuditTrail(of: event, in: run.cluster).admissions.first)
        #expect(first.at >= began + 21_000_000, "\(event)")
      }
    }
  }
}
