import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("a cluster whose masters fail while people come, wait and enter", .tags(.cluster, .long))
  struct FailoverCluster {
    /// How often each fault is tried: on each shard once, at least.
    private static let rounds = Selection.amount(normal: ClusterUnderLoad.parts, long: 10)

    /// Three shards take turns.
    private func repeatedly(
      _ run: ClusterUnderLoad, _ round: (_ part: Int) throws -> Void
    ) throws {
      for number in 0..<Self.rounds {
        try round(number % ClusterUnderLoad.parts)
        try run.cluster.awaitWhole()
      }
    }

    /// Waits until another node serves a part, and then until it could be seen that people are served.
    /// Returns when it was that writes were accepted again.
    private func awaitSuccession(_ run: ClusterUnderLoad, to node: RedisCluster.Node) throws
      -> Double
    {
      try eventually("\(node.name) takes over", within: .seconds(20)) {
        try run.cluster.view(of: node).myself?.isMaster == true && run.probe.acceptsAll
      }
      let accepted = run.load.now
      run.wait(until: accepted + 3.5)
      return accepted
    }

    private func pair(
      _ run: ClusterUnderLoad, _ part: Int
    ) throws -> (master: RedisCluster.Node, replica: RedisCluster.Node) {
      let master = try run.cluster.owner(of: run.events[part])
      guard let replica = try run.cluster.replicas(of: master).first else {
        throw TestFailure("\(master.name) has no replica")
      }
      return (master, replica)
    }

    /// The replica does not hear of the last 300 ms, so each death loses something.
    @Test("masters are killed")
    func kill() throws {
      let run = try ClusterUnderLoad(RedisCluster())
      try run.run { run in
        try repeatedly(run) { part in
          let (master, replica) = try pair(run, part)
          let deaf = run.load.now
          try replica.server.kill(SIGSTOP)
          try master.server.send("CLIENT", "KILL", "TYPE", "replica")
          run.wait(until: deaf + 0.3)
          run.tally.read()
          try master.server.kill(SIGKILL)
          try replica.server.kill(SIGCONT)
          run.note(lossOf: part, from: deaf, to: try awaitSuccession(run, to: replica))
          try master.server.restart()
        }
      }
      try run.expectOrder()
      run.expectService()
      run.expectThrift()
    }

    /// What comes to a halted master is not lost: it is executed when the master goes on, in a line that
    /// holds no person any more.
    @Test("masters stand still until others have taken over, and go on")
    func freeze() throws {
      let run = try ClusterUnderLoad(RedisCluster())
      try run.run { run in
        try repeatedly(run) { part in
          let (master, replica) = try pair(run, part)
          let halted = run.load.now
          run.tally.read()
          try master.server.kill(SIGSTOP)
          run.note(lossOf: part, from: halted - 0.1, to: try awaitSuccession(run, to: replica))
          let goesOn = run.load.now
          try master.server.kill(SIGCONT)
          run.note(lossOf: part, from: goesOn, to: goesOn + 0.5)
        }
      }
      try run.expectOrder()
      run.expectService()
      run.expectThrift()
    }

    @Test("masters hand over to their replicas, over TLS, and nothing is lost")
    func handOver() throws {
      let run = try ClusterUnderLoad(
        RedisCluster(encryption: RedisEncryption(), users: RedisUsers()))
      try run.run { run in
        try repeatedly(run) { part in
          let (_, replica) = try pair(run, part)
          try run.cluster.failOver(to: replica)
          _ = try awaitSuccession(run, to: replica)
        }
      }
      try run.expectOrder()
      run.expectService()
      run.expectThrift()
      #expect(run.history.setbacks() == [])
    }
  }
}
