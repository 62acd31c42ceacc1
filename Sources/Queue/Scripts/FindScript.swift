import Redis

/// `find.lua`: tells an operator of people.
enum FindScript {
  /// What it says.
  struct People: Equatable {
    let people: [Person]
  }

  /// What the script is told to tell of one person.
  static func person(
    _ event: EventArguments, _ known: Knowledge, _ user: UserID
  ) -> [Argument] {
    event.list(known, reserving: 2) + [.text("person"), .text(user.text)]
  }

  /// What it is told to tell of those at the head of the line.
  static func head(
    _ event: EventArguments, _ known: Knowledge, passing: Int, limit: Int
  ) -> [Argument] {
    event.list(known, reserving: 3)
      + [.text("head"), .integer(Int64(passing)), .integer(Int64(limit))]
  }
}

extension FindScript.People: ScriptContent {
  init?(_ reply: Redis.Reply) {
    let elements = reply.elements
    guard reply.leadingInteger == 1, reply.count >= 5, let now = reply[3].whole,
      let people = FindScript.list(elements[5...], { Person($0, at: now) })
    else { return nil }
    self.init(people: people)
  }
}

extension FindScript {
  fileprivate static func list(
    _ elements: some Collection<Redis.Reply>, _ read: (Redis.Reply) -> Person?
  ) -> [Person]? {
    let people = elements.compactMap(read)
    return people.count == elements.count ? people : nil
  }
}

extension Person {
  /// Reads what `find.lua` says of one person at `now`, µs.
  fileprivate init?(_ reply: Redis.Reply, at now: Int64) {
    guard reply.count == 15, let user = reply[0].text.flatMap({ UserID($0) }),
      let position = reply[1].natural, let ticket = reply[2].whole, let seen = reply[3].whole,
      let isParked = reply[4].integer, let called = reply[5].whole,
      let isByOperator = reply[6].integer, let missed = reply[7].natural,
      let inside = reply[8].whole, let began = reply[9].whole, let isSession = reply[10].integer,
      let admitted = reply[11].whole, let left = reply[12].whole, let removed = reply[13].whole,
      let end = reply[14].text
    else { return nil }
    self.init(
      user: user, now: now, position: position > 0 ? position : nil,
      ticket: ticket > 0 ? ticket : nil, lastSeen: seen > 0 ? seen : nil, isParked: isParked == 1,
      calledUntil: called > 0 ? called : nil, isCalledByOperator: isByOperator == 1,
      missedCalls: missed, insideUntil: inside > 0 ? inside : nil, grantBegan: began,
      isInSession: isSession == 1, admittedAt: admitted, leftAt: left, removedAt: removed,
      hasExpired: !end.isEmpty)
  }
}
