import Redis

/// `remove.lua`: an operator removes a person.
enum RemoveScript {
  /// What it says.
  enum Outcome: Equatable {
    /// What the person was, and until when the person is kept out, ms of Redis time, or 0.
    case removed(Removal, until: Int64)
    /// There is no such person.
    case unknown
  }

  /// What the script is told.
  ///
  /// - Parameter duration: For how long to keep the person out; zero for not at all.
  static func arguments(
    _ event: EventArguments, _ known: Knowledge, _ user: UserID, keepingOutFor duration: Duration,
    by author: Author
  ) -> [Argument] {
    event.list(known, reserving: 4)
      + [
        .text(user.text), .integer(duration.microseconds), .text(author.name),
        .text(author.traceID),
      ]
  }
}

extension RemoveScript.Outcome: ScriptContent {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 4) where reply[3].isText("UNKNOWN"): self = .unknown
    case (1, 5):
      guard let was = reply[3].text.flatMap(Removal.init), let until = reply[4].whole else {
        return nil
      }
      self = .removed(was, until: until)
    default: return nil
    }
  }
}
