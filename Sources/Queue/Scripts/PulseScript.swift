import Redis

/// `pulse.lua`: writes down who was seen, and brings a snapshot of the line.
enum PulseScript {
  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let head: ScriptHead
    /// What Redis' clock says, µs: another time than the snapshot's while it is not believed.
    let clock: Int64
    let snapshot: LineSnapshot
  }

  /// The most people in one call: ZADD takes two arguments a person, and Lua's `unpack` no more than
  /// about 8,000.
  static let peopleLimit = 2000

  /// What the script is told.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, seen users: some Collection<UserID>
  ) -> [Argument] {
    var list = event.list(known, reserving: users.count)
    for user in users { list.append(.text(user.text)) }
    return list
  }
}

extension PulseScript.Reply {
  init?(_ reply: Redis.Reply) {
    guard let head = ScriptHead(reply), reply.count == 21, let clock = reply[4].whole,
      let snapshot = LineSnapshot(reply)
    else { return nil }
    self.init(head: head, clock: clock, snapshot: snapshot)
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
    // Operators write these by hand: what makes no sense counts as not set.
    state = reply[11].text.flatMap(EventState.init) ?? .open
    admitted = reply[12].whole ?? 0
    admissions = Averages(
      oneMinute: reply[13].amount ?? 0, fiveMinutes: reply[14].amount ?? 0,
      fifteenMinutes: reply[15].amount ?? 0, updatedAt: reply[16].whole ?? time,
      since: reply[17].whole ?? 0)
    departures = reply[18].amount ?? 0
    departuresAt = reply[19].whole ?? time
    isSoldOut = reply[20].integer == 1
  }
}
