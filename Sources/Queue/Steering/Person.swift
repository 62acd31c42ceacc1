/// What is known of one person at an event, as an operator is told.
package struct Person: Equatable, Sendable {
  /// Where a person is on the way.
  package enum State: String, CaseIterable, Sendable {
    case waiting
    /// It is the person's turn.
    case ready
    /// Let a call end, and has to ask for the next one.
    case noShow = "no_show"
    /// Silent for so long that others were let by; comes back to the same place.
    case parked
    case inside
    case left
    /// By an operator.
    case removed
    /// Was inside, and is no longer.
    case finished
    /// The ticket has ended.
    case expired
    /// Never here, or so long ago that nothing is known of it.
    case unknown
  }

  package let user: UserID
  /// When this was so, µs of Redis time, as are all times here that do not say otherwise.
  let now: Int64
  /// 1 is first; nil for one who does not stand in line.
  package let position: Int?
  /// By which the person waits; nil for one who does not.
  package let ticket: Int64?
  /// When the person last asked, ms.
  package let lastSeen: Int64?
  package let isParked: Bool
  /// Until when the person may enter, ms, if no pause comes between; nil for one who is not called.
  package let calledUntil: Int64?
  /// Whether an operator called the person.
  package let isCalledByOperator: Bool
  /// How many calls ended without the person.
  package let missedCalls: Int
  /// Until when the person is inside, ms; nil for one who is not.
  package let insideUntil: Int64?
  /// When the latest grant began; 0 for none.
  let grantBegan: Int64
  /// Whether that grant has become a session.
  package let isInSession: Bool
  /// When the person was last admitted, when the person last left, and when an operator removed the person
  /// or until when one keeps the person out; 0 for never.
  let admittedAt: Int64
  let leftAt: Int64
  let removedAt: Int64
  /// Whether the ticket by which the person stands there has ended.
  let hasExpired: Bool

  /// Until when an operator keeps the person out; nil if none does.
  package var keptOutUntil: Int64? { removedAt > now ? removedAt : nil }

  /// Where the person is, and since when, as far as is known; nil where it is not.
  package var state: (State, since: Int64?) {
    if let ticket, hasExpired { return (.expired, ticket) }
    if let ticket {
      if isParked { return (.parked, lastSeen.map { $0 * 1000 }) }
      if calledUntil != nil { return (.ready, nil) }
      return (missedCalls > 0 ? .noShow : .waiting, ticket)
    }
    if insideUntil != nil { return (.inside, grantBegan > 0 ? grantBegan : admittedAt) }
    let last = max(admittedAt, leftAt)
    if removedAt > 0, removedAt >= last {
      return (.removed, removedAt > now ? (last > 0 ? last : nil) : removedAt)
    }
    if last == 0 { return (.unknown, nil) }
    return leftAt > admittedAt ? (.left, leftAt) : (.finished, nil)
  }
}
