extension Command {
  /// Which command it is, without what it is about: a small number to index metrics by.
  package enum Kind: Int, CaseIterable, Sendable {
    case ping, time, info, cluster, role, sentinel
    case get, set, hmget, zrank, zscore, zcard, zadd, zrange, zremrangebyscore, xrange, evalsha

    /// The command's name as Redis spells it, in lower case.
    package var name: String { "\(self)" }
  }

  /// Which command this is.
  package var kind: Kind {
    switch self {
    case .ping: .ping
    case .time: .time
    case .info: .info
    case .clusterSlots: .cluster
    case .role: .role
    case .sentinelMaster: .sentinel
    case .get: .get
    case .setIfAbsent, .set: .set
    case .hmget: .hmget
    // What the two cost is the rank.
    case .zscoreAndRank: .zrank
    case .zscore: .zscore
    case .zcard: .zcard
    case .zadd: .zadd
    case .zrangeByScore: .zrange
    case .zremrangeByScore: .zremrangebyscore
    case .xrange: .xrange
    case .evalsha: .evalsha
    }
  }

  /// The hash slot of its keys, which is the same for all of them; nil if it has none.
  var slot: UInt16? {
    switch self {
    case .ping, .time, .info, .clusterSlots, .role, .sentinelMaster: nil
    case .get(let key), .setIfAbsent(let key, _), .set(let key, _), .hmget(let key, _),
      .zscoreAndRank(let key, _), .zscore(let key, _), .zcard(let key), .zadd(let key, _, _),
      .zremrangeByScore(let key, _), .xrange(let key, from: _, limit: _),
      .zrangeByScore(let key, _, limit: _, withScores: _):
      key.slot
    case .evalsha(_, let keys, _): keys.first?.slot
    }
  }

  /// The script that this calls, if it calls one.
  var script: Script? {
    if case .evalsha(let script, _, _) = self { script } else { nil }
  }
}
