import Redis

/// `pulse.lua`: writes down who was seen, and brings a snapshot of the line.
enum PulseScript {
  /// What the script returns.
  typealias Reply = LineSnapshot

  /// The most people in one call: ZADD takes two arguments a person, and Lua's `unpack` no more than
  /// about 8,000.
  static let peopleLimit = 2000

  /// What the script is told.
  static func arguments(
    _ event: EventArguments, knownCreated: Int64, seen users: some Collection<UserID>
  ) -> [Argument] {
    var list = event.list(knownCreated: knownCreated, reserving: users.count)
    for user in users { list.append(.text(user.text)) }
    return list
  }
}

extension LineSnapshot: ScriptReply {
  /// Reads what `pulse.lua` returns; nil if it is of another shape.
  package init?(_ reply: Reply) {
    guard reply.count == 18, let time = reply[1].whole, let length = reply[2].whole,
      let created = reply[3].whole, let rebuildUntil = reply[4].whole,
      let tokens = reply[5].amount, let rate = reply[6].amount, let burst = reply[7].amount
    else { return nil }
    self.init(time: time, length: Int(length), tokens: tokens, rate: rate, burst: burst)
    self.created = created
    self.rebuildUntil = rebuildUntil
    // Operators write these by hand: what makes no sense counts as not set.
    state = reply[8].text.flatMap(EventState.init) ?? .open
    admitted = reply[9].whole ?? 0
    admissions = Averages(
      oneMinute: reply[10].amount ?? 0, fiveMinutes: reply[11].amount ?? 0,
      fifteenMinutes: reply[12].amount ?? 0, updatedAt: reply[13].whole ?? time,
      since: reply[14].whole ?? 0)
    departures = reply[15].amount ?? 0
    departuresAt = reply[16].whole ?? time
    isSoldOut = reply[17].integer == 1
  }
}
