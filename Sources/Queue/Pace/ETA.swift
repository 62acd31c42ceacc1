/// What a person is told of the wait: how long it is until the call, or why that is not known.
package struct ETA: Equatable, Sendable {
  /// What people wait for who wait for more than the bucket; `eta_reason` in answers and in the trail.
  package enum Reason: String, CaseIterable, Sendable {
    /// An operator paused the event.
    case paused
    /// The event calls no one any more.
    case closed
    /// Nothing refills the bucket, or nothing was put up for sale yet.
    case stopped
    /// All places inside are taken, and none came free for as long as a session lasts.
    case full
    /// The order of the line is yet to be drawn.
    case drawing
    /// Everything is sold, and only those come in who can get something.
    case soldOut = "sold_out"
    /// The event opens at a known time.
    case opening
    /// People come back after a loss, until a known time.
    case rebuilding
    /// All that is left is held, and the first hold ends at a known time.
    case holds
    /// People come in as those inside go out.
    case sessions
  }

  /// Seconds until the call, rounded up; nil where no one knows.
  package let seconds: Int?
  /// Nine waits in ten are not shorter, and not longer: seconds, rounded down and up; nil with
  /// ``seconds``.
  package let low: Int?
  package let high: Int?
  /// Why nothing is known, or what is waited for; nil where only the bucket has a say.
  package let reason: Reason?

  /// A wait whose end is known.
  package init(seconds: Int, low: Int, high: Int, reason: Reason? = nil) {
    (self.seconds, self.low, self.high, self.reason) = (seconds, low, high, reason)
  }

  /// A wait whose end no one knows.
  package init(unknown reason: Reason) {
    (seconds, low, high, self.reason) = (nil, nil, nil, reason)
  }

  /// The wait of a person who is called.
  package static let called = ETA(seconds: 0, low: 0, high: 0)

  /// The longest, in seconds: 30 days, which is the longest that a ticket can live.
  package static let longest = 30 * 24 * 3600.0
}
