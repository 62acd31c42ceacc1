import Redis

/// `admit.lua`: an operator calls a person.
enum AdmitScript {
  /// What it says.
  enum Outcome: Equatable {
    /// The person stands there, and may enter for so many ms; `isNew` says whether by this call.
    case called(position: Int, callLeft: Int64, isNew: Bool)
    /// The person is inside already.
    case inside
    /// No such person waits.
    case unknown
  }

  /// What the script is told.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, _ user: UserID, by author: Author
  ) -> [Argument] {
    event.list(known, reserving: 3)
      + [.text(user.text), .text(author.name), .text(author.traceID)]
  }
}

extension AdmitScript.Outcome: ScriptContent {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 4) where reply[3].isText("INSIDE"): self = .inside
    case (0, 4) where reply[3].isText("UNKNOWN"): self = .unknown
    case (1, 6):
      guard let position = reply[3].natural, let left = reply[4].whole, let isNew = reply[5].integer
      else { return nil }
      self = .called(position: position, callLeft: left, isNew: isNew == 1)
    default: return nil
    }
  }
}
