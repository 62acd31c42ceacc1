@testable import Queue

/// A token that a person of a history shows.
struct ShownToken {
  let user: String
  let ticket: Int64
  let stamp: Int64
}

/// The tokens that people of a history hold: what each ticket's last answer has renewed.
struct LineTokens {
  let settings: QueueSettings
  private var held: [String: [Int64: Held]] = [:]

  private struct Held {
    var stamp: Int64
    /// When the last answer came, µs.
    var answered: Int64
  }

  init(settings: QueueSettings) {
    self.settings = settings
  }

  /// The stamp of the token that the last answer brought.
  func stamp(_ user: String, _ ticket: Int64) -> Int64 { held[user]?[ticket]?.stamp ?? ticket }

  /// A person joined, and got this ticket: perhaps once more, after a loss.
  mutating func forget(_ user: String, _ ticket: Int64) {
    held[user]?[ticket] = nil
  }

  /// An answer tells a person that the ticket waits.
  mutating func seen(_ user: String, _ ticket: Int64, at now: Int64) {
    let token = WaitingToken(
      event: EventID("e")!, user: UserID(user)!, ticket: Ticket(microseconds: ticket),
      stamp: stamp(user, ticket))
    let stamp = token.seen(at: now, steps: settings.stampSteps).stamp
    held[user, default: [:]][ticket] = Held(stamp: stamp, answered: now)
  }

  /// Whether it is the token of an answer so new that the ticket cannot have expired, whatever Redis has
  /// lost.
  func mustAccept(_ token: ShownToken, at now: Int64) -> Bool {
    guard let held = held[token.user]?[token.ticket], held.stamp == token.stamp else {
      return false
    }
    return now - held.answered <= settings.ticketTTL.microseconds - settings.stampSteps
  }
}
