import Loop

/// What time it should be by the clock of one Redis, worked out from what it said before and from the
/// monotonic clock of this machine.
///
/// A clock that steps away is not followed at once: only when it has kept to its step for
/// ``patience``. Till then time goes on as it did.
struct ClockEstimate: Sendable {
  /// How far a clock may be from what is expected, before that is called a step.
  static let tolerance = Duration.seconds(2)
  /// For how long a clock must keep to its step until it is followed.
  static let patience = Duration.seconds(10)

  /// Redis time less monotonic time, µs; nil until it is measured.
  private(set) var offset: Int64?
  private var step: (offset: Int64, since: Instant)?

  /// Takes in that Redis said `time`, µs, at some moment between sending and receiving. True if that
  /// shows that its clock has stepped, and did not do so before.
  mutating func measured(_ time: Int64, sent: Instant, received: Instant) -> Bool {
    // It was said at any moment between the two.
    let (least, most) = (time - received.microseconds, time - sent.microseconds)
    guard let offset else {
      self.offset = least
      return false
    }
    let seen = min(max(offset, least), most)
    if abs(seen - offset) <= Self.tolerance.microseconds {
      self.offset = seen
      step = nil
      return false
    }
    if let step, abs(seen - step.offset) <= Self.tolerance.microseconds {
      if received - step.since >= Self.patience {
        self.offset = seen
        self.step = nil
      }
      return false
    }
    let isNew = step == nil
    step = (seen, received)
    return isNew
  }

  /// Redis time at `now`, µs; nil while nothing was measured.
  func time(at now: Instant) -> Int64? {
    offset.map { $0 + now.microseconds }
  }
}

extension Instant {
  /// Microseconds since the clock's start.
  var microseconds: Int64 { nanoseconds / 1000 }
}
