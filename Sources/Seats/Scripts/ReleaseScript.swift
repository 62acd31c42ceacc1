import Queue
import Redis

/// `release.lua`: a person gives back what a hold has.
enum ReleaseScript {
  /// What the script returns.
  typealias Reply = SeatsReply<Outcome>

  /// What became of it.
  enum Outcome: Equatable {
    /// The seats were held for so long, µs; so many of the event are available now.
    case released(heldFor: Int64, available: Int)
    /// The hold had ended before.
    case releasedBefore(available: Int)
    /// The seats are bought.
    case confirmed
    case notHolder
  }

  /// What the script is told.
  static func arguments(_ settings: SeatSettings, at time: Int64, _ hold: Hold) -> [Argument] {
    settings.arguments(at: time, about: hold)
  }
}

extension ReleaseScript.Outcome: SeatsOutcome {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 3) where reply[1].isText("CONFIRMED"): self = .confirmed
    case (0, 3) where reply[1].isText("NOT_HOLDER"): self = .notHolder
    case (1, 4):
      guard let heldFor = reply[2].whole, let available = reply[3].whole else { return nil }
      self = .released(heldFor: heldFor, available: Int(available))
    case (2, 3):
      guard let available = reply[2].whole else { return nil }
      self = .releasedBefore(available: Int(available))
    default: return nil
    }
  }
}

extension SeatSettings {
  /// What `release.lua` and `confirm.lua` are told.
  func arguments(at time: Int64, about hold: Hold) -> [Argument] {
    var list = arguments(at: time, reserving: 3)
    list.append(.text(hold.user.text))
    list.append(.integer(hold.number))
    list.append(.integer(hold.endsAt))
    return list
  }
}
