extension RedisCluster {
  /// Which nodes a cluster will have, decided before any starts, so that none has to meet another.
  struct Plan: Sendable {
    struct Member: Sendable {
      let id: String
      let port: UInt16
      let busPort: UInt16
    }

    let members: [Member]

    init() throws {
      members = try (0..<2 * RedisCluster.masters).map { _ in
        let digits = (0..<40).map { _ in "0123456789abcdef".randomElement() ?? "0" }
        return Member(id: String(digits), port: try Self.port(), busPort: try Self.port())
      }
    }

    private static func port() throws -> UInt16 {
      guard case .tcp(let port) = try LocalAddress.freePort() else { throw TestFailure("no port") }
      return port
    }

    /// What the member with this number knows when it starts: `nodes.conf`, as Redis writes it.
    func configuration(of number: Int) -> String {
      let lines = members.indices.map { line(of: $0, isMyself: $0 == number) }
      return lines.joined() + "vars currentEpoch \(RedisCluster.masters) lastVoteEpoch 0\n"
    }

    private func line(of number: Int, isMyself: Bool) -> String {
      let (member, shard) = (members[number], number % RedisCluster.masters)
      let isMaster = number == shard
      let flags = (isMyself ? "myself," : "") + (isMaster ? "master" : "slave")
      let share = RedisCluster.slots / RedisCluster.masters
      let end = shard == RedisCluster.masters - 1 ? RedisCluster.slots : (shard + 1) * share
      return "\(member.id) 127.0.0.1:\(member.port)@\(member.busPort) \(flags) "
        + "\(isMaster ? "-" : members[shard].id) 0 0 \(shard + 1) connected"
        + "\(isMaster ? " \(shard * share)-\(end - 1)" : "")\n"
    }
  }
}
