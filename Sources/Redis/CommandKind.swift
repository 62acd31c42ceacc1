extension Command {
  /// Which command it is, without what it is about: a small number to index metrics by.
  public enum Kind: Int, CaseIterable, Sendable {
    case ping, time, info, get, set, hmget, zscore, zrank, zcard, zadd, zrange
    case zremrangebyscore, evalsha

    /// The command's name as Redis spells it, in lower case.
    public var name: String { "\(self)" }
  }

  /// Which command this is.
  public var kind: Kind {
    switch self {
    case .ping: .ping
    case .time: .time
    case .info: .info
    case .get: .get
    case .setIfAbsent: .set
    case .hmget: .hmget
    case .zscore: .zscore
    case .zrank: .zrank
    case .zcard: .zcard
    case .zadd: .zadd
    case .zrangeByScore: .zrange
    case .zremrangeByScore: .zremrangebyscore
    case .evalsha: .evalsha
    }
  }

  /// The script that this calls, if it calls one.
  var script: Script? {
    if case .evalsha(let script, _, _) = self { script } else { nil }
  }
}
