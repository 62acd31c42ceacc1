/// Everything that usher can say to Redis.
///
/// The set is closed on purpose. A fallback that called `KEYS` for every request once made a Redis
/// stand still; here no command can be expressed whose cost grows with what Redis holds. Each case
/// costs O(1) or O(log n), times at most the members, fields, arguments or limit that the caller
/// counts out. The one exception is ``zremrangeByScore(_:_:)``, which costs O(1) for each member
/// that it removes: every member pays for its removal once, with the command that added it.
///
/// Commands that change a connection (`AUTH`, `SELECT`, `ASKING`) or Redis itself (`SCRIPT LOAD`)
/// belong to the connection and cannot be sent by callers, who share connections with others.
package enum Command: Sendable {
  /// `PING`: answers `PONG`.
  case ping
  /// `TIME`: an array of Redis' wall clock in seconds and the microseconds within.
  case time
  /// `INFO section`: one text of `name:value` lines.
  case info(InfoSection)
  /// `CLUSTER SLOTS`: for each run of slots, the node that serves it and its replicas. It costs
  /// what the cluster has nodes, and is asked for seldom.
  case clusterSlots
  /// `ROLE`: whether this is a master, and its replicas.
  case role
  /// `SENTINEL GET-MASTER-ADDR-BY-NAME name`: host and port of a master, or null; only for
  /// sentinels.
  case sentinelMaster(String)
  /// `GET key`: bytes, or null.
  case get(Key)
  /// `SET key value NX`: `OK`, or null if the key is there already.
  case setIfAbsent(Key, [UInt8])
  /// `SET key value`: `OK`.
  case set(Key, [UInt8])
  /// `HMGET key field …`: an array of bytes or null, one for each field; at least one field.
  case hmget(Key, [String])
  /// `ZSCORE key member` and `ZRANK key member`, one directly behind the other: an array of the
  /// score as a decimal number and of how many members have a lower one, or of two nulls.
  ///
  /// What one command says from Redis 7.2 on (`ZRANK … WITHSCORE`). Other callers' commands may
  /// come between the two.
  case zscoreAndRank(Key, String)
  /// `ZSCORE key member`: the score as a decimal number, or null.
  case zscore(Key, String)
  /// `ZCARD key`: how many members there are.
  case zcard(Key)
  /// `ZADD key [XX GT] score member …`: how many members are new; at least one member.
  case zadd(Key, [ScoredMember], AddRule)
  /// `ZRANGE key min max BYSCORE LIMIT 0 limit [WITHSCORES]`: members from the lowest score up,
  /// each followed by its score if asked.
  ///
  /// The type of `limit` is its bound: no more than 65,535 members come at a time.
  case zrangeByScore(Key, ScoreRange, limit: UInt16, withScores: Bool)
  /// `XRANGE key start + COUNT limit`: entries of a stream from an id on, or from `-`, the first: an array
  /// of the id and the fields, names and values in turn, for each.
  ///
  /// The type of `limit` is its bound, as with ``zrangeByScore(_:_:limit:withScores:)``.
  case xrange(Key, from: String, limit: UInt16)
  /// `ZREMRANGEBYSCORE key min max`: how many members it removed.
  case zremrangeByScore(Key, ScoreRange)
  /// `EVALSHA sha1 numkeys key … argument …`: whatever the script returns.
  ///
  /// When Redis does not know the script (`NOSCRIPT`), the connection loads it and calls again,
  /// once, within the command's deadline. Other commands may overtake the second call.
  case evalsha(Script, keys: [Key], arguments: [Argument])
}

/// What a script is given beside its keys.
package enum Argument: Sendable {
  /// Text, in UTF-8.
  case text(String)
  /// A whole number, in decimal digits.
  case integer(Int64)
  /// Bytes as they are.
  case bytes([UInt8])
}

/// A member of a sorted set and its score. Scores are whole numbers here (tickets, milliseconds);
/// Redis keeps them exactly up to 2⁵³.
package struct ScoredMember: Sendable {
  /// Its place in the order.
  package let score: Int64
  /// Its name, such as a person's.
  package let member: String

  /// A member at a score.
  package init(score: Int64, member: String) {
    self.score = score
    self.member = member
  }
}

/// Which members `ZADD` touches.
package enum AddRule: Sendable {
  /// All: new members are added, known ones get the new score.
  case always
  /// `XX GT`: only known members, and only to a higher score.
  case raiseKnown
}

/// A range of scores; either end may be open.
package struct ScoreRange: Sendable {
  /// One end of a range.
  package enum Bound: Sendable {
    /// Below (or above) every score there is.
    case none
    /// The score itself belongs to the range.
    case including(Int64)
    /// The score itself is just outside.
    case excluding(Int64)
  }

  /// Where the range begins; ``Bound/none`` is `-inf`.
  package let lower: Bound
  /// Where it ends; ``Bound/none`` is `+inf`.
  package let upper: Bound

  /// The scores between two bounds.
  package init(from lower: Bound = .none, to upper: Bound = .none) {
    self.lower = lower
    self.upper = upper
  }
}

/// The part of `INFO` that is asked for: one at a time, because Redis before 7.0 takes only one.
package enum InfoSection: String, CaseIterable, Sendable {
  /// Version, process, uptime.
  case server
  /// Connections of clients.
  case clients
  /// Memory used, allowed, and what happens at the limit.
  case memory
  /// RDB and AOF.
  case persistence
  /// Totals since the start, evictions among them.
  case stats
  /// Whether this is a master, and its replicas.
  case replication
  /// Processor time used.
  case cpu
  /// How often each command was called, by all clients.
  case commandstats
  /// Whether cluster mode is on.
  case cluster
}
