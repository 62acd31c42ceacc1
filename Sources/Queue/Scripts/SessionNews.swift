import Redis

/// What a front tells Redis of one session, with a pulse; see `inside.lua`.
struct SessionNews: Equatable, Sendable {
  /// What happened to it.
  enum Change: String, Sendable {
    case renewed = "renew"
    case ended = "end"
    /// It ended before, as the front remembers: Redis may have lost that.
    case remembered = "ended"
  }

  let change: Change
  let name: SessionName
  /// Until when it lasts, or is refused, ms of Redis time.
  let until: Int64

  /// The most in one call.
  static let limit = 500

  /// As `pulse.lua` is told.
  func append(to list: inout [Argument]) {
    list.append(.text(change.rawValue))
    list.append(.text(name.user.text))
    list.append(.integer(name.grantBegan))
    list.append(.integer(until))
  }
}

/// A session that has ended before its time.
struct EndedSession: Equatable, Sendable {
  let name: SessionName
  /// Until when it is refused, ms of Redis time; who ended later has a greater one.
  let until: Int64

  /// Reads name and score, one behind the other, of each; nil if that is not what it is.
  static func list(_ reply: Reply) -> [EndedSession]? {
    guard reply.count.isMultiple(of: 2) else { return nil }
    var list: [EndedSession] = []
    for place in stride(from: 0, to: reply.count, by: 2) {
      guard let text = reply[place].text, let until = reply[place + 1].whole else { return nil }
      // Anyone can write there: what is no session refuses none.
      guard let name = SessionName(text) else { continue }
      list.append(EndedSession(name: name, until: until))
    }
    return list
  }
}
