import Redis

/// `history.lua`: looks through a part of an event's audit trail.
enum HistoryScript {
  /// Whose entries are looked for.
  enum Subject: Equatable {
    case person(UserID)
    /// What operators did.
    case operators
  }

  /// What the script returns.
  struct Reply: ScriptReply, Equatable {
    /// From where to go on; nil when the trail's first entry was looked at.
    let next: String?
    /// Those that were looked for, the latest first.
    let entries: [TrailEntry]
  }

  /// What the script is told.
  ///
  /// - Parameter start: From which entry back; nil for the last.
  static func arguments(_ subject: Subject, from start: String?, looking count: Int) -> [Argument] {
    let list: [Argument] = [.text(start ?? "+"), .integer(Int64(count))]
    return switch subject {
    case .person(let user): list + [.text("user"), .text(user.text)]
    case .operators: list + [.text("operators"), .text("")]
    }
  }
}

extension HistoryScript.Reply {
  init?(_ reply: Redis.Reply) {
    guard reply.count == 2, let next = reply[0].text,
      let entries = Self.list(reply[1].elements, { TrailEntry($0) })
    else { return nil }
    self.init(next: next.isEmpty ? nil : next, entries: entries)
  }
}

extension TrailEntry {
  /// Reads an entry as XRANGE has it. What is no text in it is left out: anyone can write there.
  fileprivate init?(_ reply: Redis.Reply) {
    guard reply.count == 2, let id = reply[0].text else { return nil }
    let elements = reply[1].elements
    var fields: [String: String] = [:]
    for place in stride(from: 0, to: elements.count - 1, by: 2) {
      if let name = elements[place].text { fields[name] = elements[place + 1].text }
    }
    self.init(id: id, fields: fields)
  }
}
