import Glibc

/// What an event's state said at one moment of Redis time: all that pace and ETA are worked out from.
package struct LineSnapshot: Equatable, Sendable {
  /// What the door of an event does; paused, too, while a setting makes no sense.
  package enum EventState: String, CaseIterable, Sendable {
    /// No one is called yet.
    case upcoming
    /// People join and are admitted.
    case open
    /// People join and wait; no one is admitted.
    case paused
    /// No one joins any more; those in line are admitted.
    case closed
  }

  /// Rates of events a second, averaged with exponential decay over 1, 5 and 15 minutes.
  package struct Averages: Equatable, Sendable {
    /// Over a minute, as it was at `updatedAt`.
    package var oneMinute = 0.0
    /// Over five minutes, as it was at `updatedAt`.
    package var fiveMinutes = 0.0
    /// Over fifteen minutes, as it was at `updatedAt`.
    package var fifteenMinutes = 0.0
    /// Redis time of the last event, µs.
    package var updatedAt: Int64 = 0
    /// Redis time of the first event, µs: before it there was nothing to average. 0 if there was none.
    package var since: Int64 = 0
  }

  /// How often a person was let in before one who stood ahead.
  package struct Overtakes: Equatable, Sendable {
    /// Who had come back to an earlier place since the call.
    package var byReturn: Int64 = 0
    /// Whom an operator had called.
    package var byOperator: Int64 = 0
    /// Who had not been called, which must not be.
    package var byFault: Int64 = 0
  }

  /// Redis time of the snapshot, µs.
  package var time: Int64
  /// How many people wait.
  package var length: Int
  /// When the index was made, µs; 0 for an event that has none.
  package var created: Int64 = 0
  /// Until then no one is admitted, µs of Redis time; 0 without a loss.
  package var rebuildUntil: Int64 = 0
  /// Whole and fractional calls that the bucket allows at `time`, and the limit of people inside and the
  /// inventory, if they have a say.
  package var tokens: Double
  /// Admissions a second that refill the bucket.
  package var rate: Double
  /// The most that the bucket holds.
  package var burst: Double
  /// The tokens of the bucket alone, whatever the limit and the inventory say.
  package var bucket: Double
  /// How many people the inventory allows to call; nil where it has no say.
  package var roomForSale: Int?
  /// When the first hold ends by itself, µs, where all that is left is held and that keeps people from
  /// being called; else 0.
  package var holdEnds: Int64 = 0
  /// How many holds there are then, and when the last one ends, µs.
  package var holds = 0
  package var lastHoldEnds: Int64 = 0
  /// How many people were called for the first time.
  package var firstCalls: Int64 = 0
  /// Whether people join and are admitted, at `time`.
  package var state: EventState = .open
  /// When people begin to be called, µs of Redis time; 0 if no operator said so.
  package var opensAt: Int64 = 0
  /// From when on no one joins or is called, µs; `.max` if no operator said so.
  package var closesAt = Int64.max
  /// Names what the event holds from one loss to the next.
  package var epoch = ""
  /// The place up to which people were called, µs; 0 if no one was.
  package var calledTo: Int64 = 0
  /// How many people up to there need no further token: they are called, or were and did not come.
  package var settled = 0
  /// How many people are called.
  package var called = 0
  /// How many people are inside.
  package var inside = 0
  /// The most people inside and called; 0 for no limit.
  package var activeLimit = 0
  /// How many calls ended without the person who was called.
  package var noShows: Int64 = 0
  /// How often a person was let in before one who stood ahead and had not been called.
  package var overtakes = Overtakes()
  /// What time it is for calls, ms: it stands in a pause.
  package var callTime: Int64 = 0
  /// The place to which calls may come within two seconds, µs.
  package var callableTo = Int64.max
  /// How long a session lasts without being renewed, ms.
  package var sessionTTL: Int64 = 0
  /// Whether more people can be called at once than one script calls.
  package var hasMoreCalls = false
  /// Whether the event has sold everything that it had to sell.
  package var isSoldOut = false
  /// Whether an operator named the event: gave it settings of its own, or something to sell.
  package var isNamed = false
  /// How many people were ever admitted.
  package var admitted: Int64 = 0
  /// Measured admissions.
  package var admissions = Averages()
  /// People a second who left or were parked, averaged over 5 minutes, as it was at `departuresAt`.
  package var departures = 0.0
  /// Redis time of the last departure, µs.
  package var departuresAt: Int64 = 0

  /// The line of an event that no one has joined yet, or the given values for a test.
  package init(time: Int64, length: Int = 0, tokens: Double, rate: Double, burst: Double) {
    self.time = time
    self.length = length
    self.tokens = tokens
    self.rate = rate
    self.burst = burst
    bucket = tokens
  }

  /// Whether a person can be called after so long who could not be called yet: the bucket has filled, or
  /// the event has opened.
  func canCall(after age: Duration) -> Bool {
    let isOpen = !isShut(at: time + age.microseconds) && time >= rebuildUntil && length > settled
    let isHeld = isFull || roomForSale == 0 || Double(called) + 1 > burst
    let isCovered = bucket + rate * (age / .seconds(1)) >= 1
    return isOpen && !isHeld && isCovered && (bucket < 1 || isShut(at: time))
  }

  /// Whether no one is called at `moment`, µs of Redis time, because of what an operator set.
  package func isShut(at moment: Int64) -> Bool {
    isPaused || moment < opensAt || moment >= closesAt
  }

  /// Seconds from `moment`, µs of Redis time, until people begin to be called; nil where that has begun,
  /// or the door is shut for another reason.
  package func secondsToOpening(at moment: Int64) -> Double? {
    state(at: moment) == .upcoming ? Double(opensAt - moment) / 1e6 : nil
  }

  /// What the door does at `moment`, µs of Redis time, unless an operator changes that first.
  package func state(at moment: Int64) -> EventState {
    switch state {
    case .paused, .closed: state
    case .upcoming, .open: moment >= closesAt ? .closed : moment < opensAt ? .upcoming : .open
    }
  }

  /// Whether people join and no one is called.
  var isPaused: Bool { state == .paused }

  /// Whether all places inside are taken, or promised to those who are called.
  var isFull: Bool { activeLimit > 0 && inside + called >= activeLimit }

  /// Whether the limit or the inventory keeps people from being called whom the bucket covers.
  var isBarred: Bool { allowed(of: bucket) < 1 && bucket >= 1 }

  /// So many tokens, as far as the limit and the inventory let them be used.
  func allowed(of tokens: Double) -> Double {
    var usable = tokens
    if activeLimit > 0 { usable = min(usable, Double(activeLimit - inside - called)) }
    if let roomForSale { usable = min(usable, Double(roomForSale)) }
    return max(0, usable)
  }

  /// Whether people wait, and are called as the bucket is refilled.
  var waitsForBucket: Bool {
    Double(length) - Double(settled) > bucket && !isShut(at: time) && time >= rebuildUntil
      && allowed(of: bucket + 1) == bucket + 1
  }

  /// Whether people wait for something to be left for them.
  var waitsForSale: Bool { roomForSale == 0 && length > settled && !isShut(at: time) }

  /// Whether anyone has joined the event: it has a line, be it one of which a part was lost.
  package var hasLine: Bool { created > 0 || length > 0 }

  /// Admissions a second over the last minute, with exponential decay: it falls when no one comes.
  package var admissionsLastMinute: Double {
    admissions.oneMinute * exp(-Double(max(0, time - admissions.updatedAt)) / 60e6)
  }

  /// The tokens that can be used at `time`: none while no one is called at all.
  package var usableTokens: Double {
    isShut(at: time) || time < rebuildUntil ? 0 : tokens
  }
}
