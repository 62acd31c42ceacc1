import Redis

/// A loss that a script has noticed: Redis holds less of an event than it did.
package struct Loss: Equatable, Sendable {
  /// What showed it.
  package enum Kind: Int64, CaseIterable, Sendable {
    /// The store has lost all that it held.
    case epoch = 1
    /// The event is behind what the caller, or a person's ticket, knew of it.
    case ticks = 2
    /// State and index of the event disagree.
    case index = 3
  }

  /// What showed it.
  package var kind: Kind
  /// When it was, as far as is known: µs of Redis time.
  package var since: Int64
}

/// What every reply of the queue's scripts begins with; see `event.lua`.
struct ScriptHead: Equatable {
  /// The event's last tick, 0 if nothing is saved; nil if the call did not look for a loss.
  var progress: Int64?
  /// The loss that this call noticed, if it did.
  var loss: Loss?

  /// How many elements of a reply it takes.
  static let count = 3

  /// Reads the beginning of a reply; nil if it is of another shape.
  init?(_ reply: Reply) {
    guard reply.count >= Self.count, let progress = reply[1].whole else { return nil }
    if progress >= 0 { self.progress = progress }
    if reply[2].integer == 0 { return }
    guard reply[2].count == 2, let kind = reply[2][0].integer.flatMap(Loss.Kind.init),
      let since = reply[2][1].whole
    else { return nil }
    loss = Loss(kind: kind, since: since)
  }
}

/// What stands behind the head of a script's reply.
protocol ScriptContent {
  /// Reads the whole reply, which has at least one element behind the head; nil if it is not what the
  /// script's file says that it returns.
  init?(_ reply: Reply)
}

/// A reply that is a head and what one call is about.
struct HeadedReply<Content: ScriptContent>: ScriptReply {
  let head: ScriptHead
  let content: Content

  init?(_ reply: Reply) {
    guard let head = ScriptHead(reply), reply.count > ScriptHead.count,
      let content = Content(reply)
    else { return nil }
    self.head = head
    self.content = content
  }
}
