import Queue
import Redis

/// `hold.lua`: a person wants seats. All times are µs of Redis time.
enum HoldScript {
  /// What the script returns.
  typealias Reply = SeatsReply<Outcome>

  /// A hold of the person's.
  struct Held: Equatable {
    var number: Int64
    var endsAt: Int64
    var now: Int64
    /// How many seats of the event are available.
    var available: Int
  }

  /// What became of it.
  enum Outcome: Equatable {
    case held(Held)
    /// The person held exactly these before.
    case heldBefore(Held)
    case unknownSeats([String])
    case unavailable([String])
    case soldOut
    case grantExpired
    /// The person has so many seats, and would have too many.
    case limitReached(has: Int)
  }

  /// What the script is told.
  ///
  /// - Parameter seats: All different.
  static func arguments(
    _ settings: SeatSettings, at time: Int64, user: UserID, admittedAt: Int64,
    grantEndsAt: Int64, seats: [SeatID]
  ) -> [Argument] {
    var list = settings.arguments(at: time, reserving: 5 + seats.count)
    list.append(.integer(settings.holdTTL.microseconds))
    list.append(.integer(Int64(settings.seatsPerPerson)))
    list.append(.text(user.text))
    list.append(.integer(admittedAt))
    list.append(.integer(grantEndsAt))
    for seat in seats { list.append(.text(seat.text)) }
    return list
  }
}

extension HoldScript.Outcome: SeatsOutcome {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 3...): self.init(refusal: reply)
    case (1, 6):
      guard let held = HoldScript.Held(reply) else { return nil }
      self = .held(held)
    case (2, 6):
      guard let held = HoldScript.Held(reply) else { return nil }
      self = .heldBefore(held)
    default: return nil
    }
  }

  private init?(refusal reply: Redis.Reply) {
    switch reply[1].text {
    case "NOT_FOUND": self = .unknownSeats(reply.texts(from: 3))
    case "UNAVAILABLE": self = .unavailable(reply.texts(from: 3))
    case "SOLD_OUT": self = .soldOut
    case "GRANT_EXPIRED": self = .grantExpired
    case "LIMIT":
      guard reply.count == 4, let has = reply[3].whole else { return nil }
      self = .limitReached(has: Int(has))
    default: return nil
    }
  }
}

extension HoldScript.Held {
  fileprivate init?(_ reply: Redis.Reply) {
    guard let number = reply[2].whole, let endsAt = reply[3].whole, let now = reply[4].whole,
      let available = reply[5].whole
    else { return nil }
    self.init(number: number, endsAt: endsAt, now: now, available: Int(available))
  }
}
