import Redis

/// Where the index has a person.
struct IndexEntry {
  /// The ticket that stands there, µs.
  let score: Int64
  /// How many people stand ahead.
  let rank: Int

  /// Reads what ``Redis/Command/zscoreAndRank(_:_:)`` brings; nil if the person is not there.
  init?(_ reply: Reply) {
    guard reply.count == 2, let score = reply[0].whole, let rank = reply[1].natural else {
      return nil
    }
    self.score = score
    self.rank = rank
  }
}
