import Queue
import Redis

/// `confirm.lua`: a person buys what a hold has.
enum ConfirmScript {
  /// What the script returns.
  typealias Reply = SeatsReply<Outcome>

  /// What became of it.
  enum Outcome: Equatable {
    /// The seats were held for so long, µs.
    case confirmed([String], heldFor: Int64)
    /// They had been bought before.
    case confirmedBefore([String])
    case expired
    case notHolder
  }

  /// What the script is told.
  static func arguments(_ settings: SeatSettings, at time: Int64, _ hold: Hold) -> [Argument] {
    settings.arguments(at: time, about: hold) + [.integer(Int64(settings.streamMax))]
  }
}

extension ConfirmScript.Outcome: SeatsOutcome {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 3) where reply[1].isText("EXPIRED"): self = .expired
    case (0, 3) where reply[1].isText("NOT_HOLDER"): self = .notHolder
    case (1, 4...):
      guard let heldFor = reply[2].whole else { return nil }
      self = .confirmed(reply.texts(from: 3), heldFor: heldFor)
    case (2, 3...): self = .confirmedBefore(reply.texts(from: 2))
    default: return nil
    }
  }
}
