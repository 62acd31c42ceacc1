import Redis

/// `pulse.lua`: writes down who was seen, and brings a snapshot of the line.
enum PulseScript {
  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let head: ScriptHead
    /// What Redis' clock says, µs: another time than the snapshot's while it is not believed.
    let clock: Int64
    let snapshot: LineSnapshot
    /// Sessions that have ended, of which the caller did not know, in that order.
    let ended: [EndedSession]
  }

  /// The most ended sessions in one reply.
  static let endedLimit = 500
  /// Stands for the highest score of a caller who wants to know of no ended sessions.
  static let noEnded: Int64 = -1

  /// The most people in one call: ZADD takes two arguments a person, and Lua's `unpack` no more than
  /// about 8,000.
  static let peopleLimit = 2000

  /// What the script is told.
  ///
  /// - Parameters:
  ///   - ended: The highest ``EndedSession/until`` that the caller knows, or ``noEnded``.
  ///   - news: Not more than ``SessionNews/limit``.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, seen users: some Collection<UserID>,
    ended: Int64 = noEnded, news: [SessionNews] = []
  ) -> [Argument] {
    var list = event.list(known, reserving: 2 + 4 * news.count + users.count)
    list.append(.integer(Int64(news.count)))
    list.append(.integer(ended))
    for one in news { one.append(to: &list) }
    for user in users { list.append(.text(user.text)) }
    return list
  }
}

extension PulseScript.Reply {
  init?(_ reply: Redis.Reply) {
    guard let head = ScriptHead(reply), reply.count == 43, let clock = reply[4].whole,
      let snapshot = LineSnapshot(reply), let ended = EndedSession.list(reply[42])
    else { return nil }
    self.init(head: head, clock: clock, snapshot: snapshot, ended: ended)
  }
}

extension LineSnapshot {
  /// Reads what `pulse.lua` returns; nil if it is of another shape.
  fileprivate init?(_ reply: Reply) {
    guard let time = reply[3].whole, let length = reply[5].natural,
      let created = reply[6].whole, let rebuildUntil = reply[7].whole,
      let tokens = reply[8].amount, let rate = reply[9].amount, let burst = reply[10].amount
    else { return nil }
    self.init(time: time, length: length, tokens: tokens, rate: rate, burst: burst)
    self.created = created
    self.rebuildUntil = rebuildUntil
    guard let state = reply[11].text.flatMap(EventState.init) else { return nil }
    self.state = state
    admitted = reply[12].whole ?? 0
    admissions = Averages(
      oneMinute: reply[13].amount ?? 0, fiveMinutes: reply[14].amount ?? 0,
      fifteenMinutes: reply[15].amount ?? 0, updatedAt: reply[16].whole ?? time,
      since: reply[17].whole ?? 0)
    departures = reply[18].amount ?? 0
    departuresAt = reply[19].whole ?? time
    isSoldOut = reply[20].integer == 1
    isNamed = reply[21].integer == 1
    guard let epoch = reply[22].text, let calledTo = reply[23].whole,
      let settled = reply[24].integer, let called = reply[25].natural,
      let inside = reply[26].natural, let limit = reply[27].natural
    else { return nil }
    self.epoch = epoch
    self.calledTo = calledTo
    self.settled = Int(settled)
    self.called = called
    self.inside = inside
    activeLimit = limit
    noShows = reply[28].whole ?? 0
    overtakes = Overtakes(byReturn: reply[29].whole ?? 0, byFault: reply[30].whole ?? 0)
    hasMoreCalls = reply[31].integer == 1
    guard let callTime = reply[32].whole else { return nil }
    self.callTime = callTime
    // No one stands where calls may come to in the next seconds: then they may come to everybody.
    callableTo = reply[33].whole ?? .max
    guard let sessionTTL = reply[34].whole, let bucket = reply[35].amount,
      let room = reply[36].whole, reply[37].count == 3, let holds = reply[37][0].natural,
      let holdEnds = reply[37][1].whole, let lastHoldEnds = reply[37][2].whole,
      let opensAt = reply[39].whole, let closesAt = reply[40].whole
    else { return nil }
    self.sessionTTL = sessionTTL
    self.bucket = bucket
    roomForSale = room < 0 ? nil : Int(room)
    (self.holds, self.holdEnds, self.lastHoldEnds) = (holds, holdEnds, lastHoldEnds)
    firstCalls = reply[38].whole ?? 0
    self.opensAt = opensAt
    self.closesAt = closesAt > 0 ? closesAt : .max
    overtakes.byOperator = reply[41].whole ?? 0
  }
}
