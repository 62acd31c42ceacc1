import Glibc

/// How fast a line moves, and so how long a place in it waits.
///
/// *The bucket.* People are called as the bucket allows, in order. For one who is not, the distance that
/// counts is the place, minus those ahead who need no further token, minus the tokens that are left: only
/// the refill and the departures of people ahead shorten it.
///
/// *The speed.* The line moves as fast as the bucket refills, less what is lost when those who are
/// ready do not come and the bucket overflows. What is lost shows exactly: it is the refill that
/// neither stayed in the bucket nor was used by an admission.
///
/// *Departures.* People give up all along the line: a share `μ` of them a second, which is those who
/// left or were parked over five minutes, divided by the line's mean length over the same time. So a
/// distance `d` shrinks by `speed + μ·d` a second, which takes `ln(1 + μ·d / speed) / μ` seconds.
///
/// All times are µs of Redis time.
package struct Pace: Equatable, Sendable {
  /// The state that everything is worked out from.
  package private(set) var snapshot: LineSnapshot

  /// `snapshot` without the admissions that this process has brought about since.
  private var observed: LineSnapshot
  /// The share of the refill that was lost while people waited for it: an average over the time in
  /// which that was seen, as long as that is short, and with decay over ``lossMemory`` from then on.
  private var lost = 0.0
  private var secondsSeen = Self.secondsGranted
  /// The line's length, averaged as departures are.
  private var meanLength: Double

  /// The pace of a line of which only one moment is known.
  package init(_ snapshot: LineSnapshot) {
    self.snapshot = snapshot
    observed = snapshot
    let age = Double(max(0, snapshot.time - snapshot.created)) / 1e6
    meanLength = Double(snapshot.length) * (1 - exp(-age / Self.departureMemory))
  }

  /// Takes in a later moment of the same line.
  package mutating func observe(_ next: LineSnapshot) {
    let seconds = Double(max(0, next.time - observed.time)) / 1e6
    let refill = next.rate * seconds
    if refill > 0, observed.needsRefill, next.needsRefill {
      let called = next.admitted - observed.admitted + Int64(next.called - observed.called)
      let used = next.tokens - observed.tokens + Double(called)
      let share = min(max(1 - used / refill, 0), 1)
      secondsSeen = min(secondsSeen + seconds, Self.lossMemory)
      lost += (share - lost) * (1 - exp(-seconds / secondsSeen))
    }
    let weight = 1 - exp(-seconds / Self.departureMemory)
    meanLength += (Double(next.length) - meanLength) * weight
    snapshot = next
    observed = next
  }

  /// Takes in that so many people who were called just went in.
  package mutating func admitted(_ people: Int) {
    snapshot.length = max(0, snapshot.length - people)
    snapshot.called = max(0, snapshot.called - people)
    snapshot.settled = max(0, snapshot.settled - people)
  }

  /// Takes in that so many people just joined, and which tickets were called at once, µs.
  mutating func joined(_ people: Int, called tickets: [Int64]) {
    snapshot.length += people
    snapshot.called += tickets.count
    snapshot.settled += tickets.count
    snapshot.tokens = max(0, snapshot.tokens - Double(tickets.count))
    snapshot.calledTo = max(snapshot.calledTo, tickets.max() ?? 0)
  }

  /// Takes in what a script said of the bucket just now.
  mutating func refilled(to tokens: Double) {
    snapshot.tokens = tokens
  }

  /// Takes in what a script said of a loss just now.
  mutating func rebuilds(until time: Int64) {
    snapshot.rebuildUntil = time
  }

  /// Whether the call may come to `position` before a person there is told to poll again: the silent are
  /// parked sooner then. The bucket covers `burst` at most, and people ahead are called and go away
  /// meanwhile.
  package func isNearDoor(position: Int) -> Bool {
    let moves = (snapshot.rate + snapshot.departures) * Double(PollHint.longest)
    return Double(position - snapshot.settled) <= snapshot.burst + moves
  }

  /// Seconds from `time` until a person at `position` is called, who is not yet. At most ``longest``.
  package func eta(position: Int, at time: Int64) -> Double {
    let rebuild = Double(max(0, snapshot.rebuildUntil - time)) / 1e6
    let seconds = max(rebuild, secondsUntilCovered(position, at: time))
    // What was read from Redis could be anything.
    return seconds.isFinite ? min(seconds, Self.longest) : Self.longest
  }

  private func secondsUntilCovered(_ position: Int, at time: Int64) -> Double {
    let distance = Double(max(1, position - snapshot.settled)) - snapshot.tokens.rounded(.down)
    guard distance > 0 else { return 0 }
    let speed = snapshot.rate * (1 - lost)
    guard speed > 0 else { return Double(position) * Self.secondsPerPlaceUnknown }
    let moving = distance / speed
    let share = departureShare(at: time)
    let seconds = share * moving > 1e-6 ? log1p(share * moving) / share : moving
    return seconds * Self.pessimism
  }

  /// How fast a line moves, for `join.lua`: with the refill and the bucket as they are when it runs, it
  /// works out what each newcomer is promised, by the same rule as ``eta(position:at:)``.
  ///
  /// Pessimism is in both numbers: `ln(1 + (μ/p)·d / (s/p)) / (μ/p)` is `p` times the same without `p`.
  struct Speed {
    /// The share of the refill that moves the line.
    let used: Double
    /// The share of the people ahead who go away a second.
    let departing: Double
    /// Seconds that a place takes where nothing is refilled.
    var secondsPerPlaceUnknown = Pace.secondsPerPlaceUnknown
    /// The longest ETA, in seconds.
    var longest = Pace.longest
  }

  /// The speed at `time`.
  func speed(at time: Int64) -> Speed {
    Speed(used: (1 - lost) / Self.pessimism, departing: departureShare(at: time) / Self.pessimism)
  }

  /// Measured admissions a second at `time`; nil when no one was ever admitted.
  ///
  /// The shortest average that has seen enough admissions to mean something is the best.
  package func admissionRate(at time: Int64) -> Double? {
    let averages = snapshot.admissions
    guard averages.since > 0, averages.since < time - 1_000_000 else { return nil }
    let spans = [
      (averages.oneMinute, 60.0), (averages.fiveMinutes, 300), (averages.fifteenMinutes, 900),
    ]
    var best = 0.0
    for (average, span) in spans {
      let now = average * exp(-Double(max(0, time - averages.updatedAt)) / 1e6 / span)
      // An average over less time than its span has seen only a part of it.
      best = now / (1 - exp(-Double(time - averages.since) / 1e6 / span))
      if now * span >= Self.enoughAdmissions { return best }
    }
    return best
  }

  /// The share of the people in line who go away a second, without having been admitted.
  private func departureShare(at time: Int64) -> Double {
    guard meanLength > 0 else { return 0 }
    let age = Double(max(0, time - snapshot.departuresAt)) / 1e6
    return snapshot.departures * exp(-age / Self.departureMemory) / meanLength
  }

  /// The longest ETA, in seconds: 30 days, which is the longest that a ticket can live.
  package static let longest = 30 * 24 * 3600.0
  /// A promise that is kept early pleases; one that is kept late does not.
  private static let pessimism = 1.03
  /// Said only when nothing at all is known.
  private static let secondsPerPlaceUnknown = 2.0
  /// Seconds over which lost refill is averaged.
  private static let lossMemory = 120.0
  /// So long, at first, nothing is taken to be lost: people need a moment to see that they are ready.
  private static let secondsGranted = 15.0
  /// Seconds over which the scripts average departures.
  private static let departureMemory = 300.0
  /// With fewer, chance decides more than the rate does (20 admissions: a standard error of 22 %).
  private static let enoughAdmissions = 20.0
}

extension LineSnapshot {
  /// Whether people wait for the refill: the bucket does not cover them all, and admission goes on.
  fileprivate var needsRefill: Bool {
    Double(length) > tokens && state != .paused && time >= rebuildUntil
  }
}
