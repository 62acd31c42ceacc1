import Redis

/// Why a ticket no longer waits, as `event.lua` finds it.
enum TicketEnd: Equatable, Sendable {
  case admitted
  case left
  /// By an operator.
  case removed
  /// Older than `ticket-ttl`.
  case expired

  /// Reads the word with which a script says so; nil if it is none of them.
  init?(_ word: Reply) {
    if word.isText("ADMITTED") {
      self = .admitted
    } else if word.isText("LEFT") {
      self = .left
    } else if word.isText("REMOVED") {
      self = .removed
    } else if word.isText("EXPIRED") {
      self = .expired
    } else {
      return nil
    }
  }
}
