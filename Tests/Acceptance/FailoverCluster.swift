import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("a cluster whose masters fail while people come, wait and enter")
  struct FailoverCluster {
    /// How often each fault is tried.
    static let rounds =
      ProcessInfo.processInfo.environment["USHER_TEST_ROUNDS"].flatMap { Int($0) } ?? 10

    /// Three shards take turns.
    private func repeatedly(
      _ siege: Siege, _ round: (_ part: Int) throws -> Void
    ) throws {
      for number in 0..<Self.rounds {
        try round(number % Siege.parts)
        try siege.cluster.awaitWhole()
      }
    }

    /// Waits until another node serves a part, and then until it could be seen that people are served.
    /// Returns when it was that writes were accepted again.
    private func awaitSuccession(_ siege: Siege, to node: RedisCluster.Node) throws -> Double {
      try eventually("\(node.name) takes over", within: .seconds(20)) {
        try siege.cluster.view(of: node).myself?.isMaster == true && siege.probe.acceptsAll
      }
      let accepted = siege.crowd.now
      siege.wait(until: accepted + 3.5)
      return accepted
    }

    private func pair(
      _ siege: Siege, _ part: Int
    ) throws -> (master: RedisCluster.Node, replica: RedisCluster.Node) {
      let master = try siege.cluster.owner(of: siege.events[part])
      guard let replica = try siege.cluster.replicas(of: master).first else {
        throw TestFailure("\(master.name) has no replica")
      }
      return (master, replica)
    }

    /// The replica does not hear of the last 300 ms, so each death loses something.
    @Test("masters are killed")
    func kill() throws {
      let siege = try Siege(RedisCluster())
      try siege.run { siege in
        try repeatedly(siege) { part in
          let (master, replica) = try pair(siege, part)
          let deaf = siege.crowd.now
          try replica.server.kill(SIGSTOP)
          try master.server.send("CLIENT", "KILL", "TYPE", "replica")
          siege.wait(until: deaf + 0.3)
          siege.tally.read()
          try master.server.kill(SIGKILL)
          try replica.server.kill(SIGCONT)
          siege.note(lossOf: part, from: deaf, to: try awaitSuccession(siege, to: replica))
          try master.server.restart()
        }
      }
      try siege.expectOrder()
      siege.expectService()
      siege.expectThrift()
    }

    /// What comes to a halted master is not lost: it is executed when the master goes on, in a line that
    /// nobody stands in any more.
    @Test("masters stand still until others have taken over, and go on")
    func freeze() throws {
      let siege = try Siege(RedisCluster())
      try siege.run { siege in
        try repeatedly(siege) { part in
          let (master, replica) = try pair(siege, part)
          let halted = siege.crowd.now
          siege.tally.read()
          try master.server.kill(SIGSTOP)
          siege.note(lossOf: part, from: halted - 0.1, to: try awaitSuccession(siege, to: replica))
          let goesOn = siege.crowd.now
          try master.server.kill(SIGCONT)
          siege.note(lossOf: part, from: goesOn, to: goesOn + 0.5)
        }
      }
      try siege.expectOrder()
      siege.expectService()
      siege.expectThrift()
    }

    @Test("masters hand over to their replicas, over TLS, and nothing is lost")
    func handOver() throws {
      let siege = try Siege(
        RedisCluster(encryption: RedisEncryption(), users: RedisUsers()))
      try siege.run { siege in
        try repeatedly(siege) { part in
          let (_, replica) = try pair(siege, part)
          try siege.cluster.failOver(to: replica)
          _ = try awaitSuccession(siege, to: replica)
        }
      }
      try siege.expectOrder()
      siege.expectService()
      siege.expectThrift()
      #expect(siege.history.setbacks() == [])
    }
  }
}
