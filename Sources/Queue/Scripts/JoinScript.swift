import Redis

/// `join.lua`: many people join at once.
enum JoinScript {
  /// What became of one person.
  enum Answer: Equatable {
    /// The ticket is in µs; the ETA is what the audit trail has as promised; `callLeft` for how many ms
    /// the person is called, 0 for one who is not.
    case joined(ticket: Int64, position: Int, eta: ETA, callLeft: Int64 = 0)
    /// The person waited already.
    case waiting(ticket: Int64, position: Int, callLeft: Int64 = 0)
    /// The person is inside.
    case inside(Inside)
    /// People may join from then on, ms of Redis time.
    case upcoming(joinsAt: Int64)
    /// An operator keeps the person out until then, ms of Redis time.
    case keptOut(until: Int64)
    case closed
    /// An anonymous person, known by the key of one join, was admitted before.
    case admitted
    case full
    case soldOut
  }

  /// A person who is inside.
  struct Inside: Equatable {
    /// The tick of the admission, and when the grant began, µs.
    var admittedAt: Int64
    var grantBegan: Int64
    /// Until when the person is inside, ms.
    var until: Int64
    /// Whether the grant was exchanged for a session.
    var isSession: Bool
  }

  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    let head: ScriptHead
    /// One for each person, in the order given.
    let answers: [Answer]
  }

  /// What the script is told.
  ///
  /// - Parameters:
  ///   - limit: The most people waiting; 0 for no limit.
  ///   - terms: What each is promised is worked out from that.
  ///   - refusesWhenSoldOut: Whether to refuse newcomers when everything is sold.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, limit: Int, terms: Prospect.Terms,
    refusesWhenSoldOut: Bool, users: some Collection<UserID>
  ) -> [Argument] {
    var list = event.list(known, reserving: 2 + Prospect.Terms.count + users.count)
    list.append(.integer(Int64(limit)))
    list.append(.integer(refusesWhenSoldOut ? 1 : 0))
    terms.append(to: &list)
    for user in users { list.append(.text(user.text)) }
    return list
  }
}

extension JoinScript.Reply {
  init?(_ reply: Redis.Reply) {
    let elements = reply.elements
    guard let head = ScriptHead(reply), elements[0].integer == 1 else { return nil }
    guard let answers = Self.list(elements[ScriptHead.count...], JoinScript.Answer.init) else {
      return nil
    }
    self.init(head: head, answers: answers)
  }
}

extension JoinScript.Answer {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 2):
      if reply[1].isText("CLOSED") {
        self = .closed
      } else if reply[1].isText("ADMITTED") {
        self = .admitted
      } else if reply[1].isText("FULL") {
        self = .full
      } else if reply[1].isText("SOLD_OUT") {
        self = .soldOut
      } else {
        return nil
      }
    case (0, 3) where reply[1].isText("UPCOMING"):
      guard let joinsAt = reply[2].whole else { return nil }
      self = .upcoming(joinsAt: joinsAt)
    case (0, 3) where reply[1].isText("BLOCKED"):
      guard let until = reply[2].whole else { return nil }
      self = .keptOut(until: until)
    case (1, 8):
      guard let ticket = reply[1].whole, let position = reply[2].natural,
        let left = reply[3].whole, let eta = ETA(reply[4], reply[5], reply[6], reply[7])
      else { return nil }
      self = .joined(ticket: ticket, position: position, eta: eta, callLeft: left)
    case (2, 4):
      guard let ticket = reply[1].whole, let position = reply[2].natural,
        let left = reply[3].whole
      else { return nil }
      self = .waiting(ticket: ticket, position: position, callLeft: left)
    case (3, 5):
      guard let admittedAt = reply[1].whole, let began = reply[2].whole,
        let until = reply[3].whole, let isSession = reply[4].integer
      else { return nil }
      self = .inside(
        .init(admittedAt: admittedAt, grantBegan: began, until: until, isSession: isSession == 1))
    default: return nil
    }
  }
}

extension ETA {
  /// Reads what `promise.lua` says; nil if it is of another shape.
  fileprivate init?(_ eta: Redis.Reply, _ low: Redis.Reply, _ high: Redis.Reply, _ why: Redis.Reply)
  {
    guard let text = why.text else { return nil }
    let reason = Reason(rawValue: text)
    if eta.integer == -1 {
      guard let reason else { return nil }
      self.init(unknown: reason)
      return
    }
    guard let seconds = eta.natural, let low = low.natural, let high = high.natural,
      reason != nil || text.isEmpty
    else { return nil }
    self.init(seconds: seconds, low: low, high: high, reason: reason)
  }
}

extension Prospect.Terms {
  /// How many arguments they are.
  static let count = 6 + 2 * Margins.count

  /// Appends them as `promise.lua` reads them.
  fileprivate func append(to list: inout [Argument]) {
    list.append(.text("\(used)"))
    list.append(.text("\(aloneFor)"))
    list.append(.text("\(most)"))
    list.append(.text("\(departing)"))
    list.append(.text(barrier?.rawValue ?? ""))
    list.append(.integer(freeAt))
    for kind in 0..<Margins.count {
      list.append(.text("\(margins[kind].low)"))
      list.append(.text("\(margins[kind].high)"))
    }
  }
}
