import Glibc
import Redis

/// What an event's state said at one moment of Redis time: all that pace and ETA are worked out from.
package struct LineSnapshot: Equatable, Sendable {
  /// What an operator may set in the `state` field of `queue:state:{E}`.
  package enum Doors: String, Sendable {
    /// People join and are admitted.
    case open
    /// People join and wait; nobody is admitted.
    case paused
    /// Nobody joins any more; those in line are admitted.
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

  /// Redis time of the snapshot, µs.
  package var time: Int64
  /// How many people wait.
  package var length: Int
  /// When the index was made, µs; 0 for an event that has none.
  package var created: Int64 = 0
  /// Until then nobody is admitted, µs of Redis time; 0 without a loss.
  package var rebuildUntil: Int64 = 0
  /// Whole and fractional admissions that the bucket allows at `time`, and the inventory, if it has a
  /// say.
  package var tokens: Double
  /// Admissions a second that refill the bucket.
  package var rate: Double
  /// The most that the bucket holds.
  package var burst: Double
  /// Whether people join and are admitted.
  package var doors: Doors = .open
  /// Whether the event has sold everything that it had to sell.
  package var isSoldOut = false
  /// How many people were ever admitted.
  package var admitted: Int64 = 0
  /// Measured admissions.
  package var admissions = Averages()
  /// People a second who left or were parked, averaged over 5 minutes, as it was at `departuresAt`.
  package var departures = 0.0
  /// Redis time of the last departure, µs.
  package var departuresAt: Int64 = 0

  /// The line of an event that nobody has joined yet, or the given values for a test.
  package init(time: Int64, length: Int = 0, tokens: Double, rate: Double, burst: Double) {
    self.time = time
    self.length = length
    self.tokens = tokens
    self.rate = rate
    self.burst = burst
  }

  /// Admissions a second over the last minute, with exponential decay: it falls when nobody comes.
  package var admissionsLastMinute: Double {
    admissions.oneMinute * exp(-Double(max(0, time - admissions.updatedAt)) / 60e6)
  }

  /// The tokens that can be used at `time`: none while nobody is admitted at all.
  package var usableTokens: Double {
    doors == .paused || time < rebuildUntil ? 0 : tokens
  }

  /// Reads what `pulse.lua` returns; nil if it is of another shape.
  init?(pulse reply: Reply) {
    guard reply.count == 18, let time = reply[1].whole, let length = reply[2].whole,
      let created = reply[3].whole, let rebuildUntil = reply[4].whole,
      let tokens = reply[5].amount, let rate = reply[6].amount, let burst = reply[7].amount
    else { return nil }
    self.init(time: time, length: Int(length), tokens: tokens, rate: rate, burst: burst)
    self.created = created
    self.rebuildUntil = rebuildUntil
    doors = reply[8].text.flatMap(Doors.init) ?? .open
    admitted = reply[9].whole ?? 0
    admissions = Averages(
      oneMinute: reply[10].amount ?? 0, fiveMinutes: reply[11].amount ?? 0,
      fifteenMinutes: reply[12].amount ?? 0, updatedAt: reply[13].whole ?? time,
      since: reply[14].whole ?? 0)
    departures = reply[15].amount ?? 0
    departuresAt = reply[16].whole ?? time
    isSoldOut = reply[17].integer == 1
  }
}
