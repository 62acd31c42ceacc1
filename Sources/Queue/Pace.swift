import Glibc

/// How fast a line moves, and so how long a place in it waits.
///
/// *The bucket.* A place that the bucket covers is ready now. For any other, the distance that counts
/// is its place minus the tokens: an admission takes one from both, and only the refill and the
/// departures of people ahead shorten it.
///
/// *The speed.* While tokens are used as they come, the line moves as fast as the bucket refills.
/// When the bucket stands full in front of a line, those who are ready do not come, tokens go to
/// waste, and the line moves as fast as people were really admitted.
///
/// *Departures.* People give up all along the line. With a share of `μ` of them a second, the distance
/// `d` shrinks by `speed + μ·d`, which takes `ln(1 + μ·d / speed) / μ` seconds.
///
/// All times are µs of Redis time.
public struct Pace: Equatable, Sendable {
  /// The state that everything is worked out from.
  public private(set) var line: LineSnapshot

  /// The share of recent time in which the bucket stood full before a line; see ``observe(_:)``.
  private var wasted = 0.0

  /// The pace of a line of which only one moment is known.
  public init(_ line: LineSnapshot) {
    self.line = line
  }

  /// Takes in a later moment of the same line.
  public mutating func observe(_ next: LineSnapshot) {
    let elapsed = Double(max(0, next.time - line.time)) / 1e6
    let isWasting = next.tokens > next.burst - 1 && Double(next.length) > next.tokens
    let weight = 1 - exp(-elapsed / Self.wasteMemory)
    wasted += ((isWasting ? 1 : 0) - wasted) * weight
    line = next
  }

  /// Takes in an admission that this process just brought about, so that what it tells the next
  /// person does not count the same token twice.
  public mutating func admitted(tokensLeft: Double) {
    line.tokens = tokensLeft
    line.length = max(0, line.length - 1)
  }

  /// Takes in what a script said of the bucket just now.
  mutating func refilled(to tokens: Double) {
    line.tokens = tokens
  }

  /// Takes in what a script said of a loss just now.
  mutating func rebuilds(until time: Int64) {
    line.rebuildUntil = time
  }

  /// Whether whoever is at `position` (1 = first) may enter at `time`.
  public func isReady(position: Int, at time: Int64) -> Bool {
    line.doors != .paused && time >= line.rebuildUntil
      && position <= Int(line.tokens.rounded(.down))
  }

  /// Seconds from `time` until `position` is ready, 0 if it is; never more than ``longestETA``.
  public func eta(position: Int, at time: Int64) -> Double {
    let rebuild = Double(max(0, line.rebuildUntil - time)) / 1e6
    return min(Self.longestETA, max(rebuild, wait(position: position, at: time)))
  }

  /// The same without regard to a loss.
  private func wait(position: Int, at time: Int64) -> Double {
    let distance = Double(position) - line.tokens.rounded(.down)
    guard distance > 0 else { return 0 }
    let speed = speed(at: time)
    guard speed > 0 else { return Double(position) * Self.secondsPerPlaceUnknown }
    let share = departureShare(at: time)
    let moving = distance / speed
    let seconds = share * moving > 1e-6 ? log1p(share * moving) / share : moving
    return seconds * Self.pessimism
  }

  /// Measured admissions a second at `time`; nil when nobody was ever admitted.
  ///
  /// The shortest average that has seen enough admissions to mean something is the best.
  public func admissionRate(at time: Int64) -> Double? {
    let averages = line.admissions
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

  /// Places a second by which the bucket and the people who use it move the line.
  private func speed(at time: Int64) -> Double {
    guard let measured = admissionRate(at: time) else { return line.rate }
    let weight = min(1, max(0, wasted - Self.wasteByChance) * Self.wasteIsCertainAt)
    return line.rate * (1 - weight) + min(line.rate, measured) * weight
  }

  /// The share of the people in line who go away a second, without having been admitted.
  private func departureShare(at time: Int64) -> Double {
    guard line.length > 0 else { return 0 }
    let age = Double(max(0, time - line.departuresAt)) / 1e6
    return line.departures * exp(-age / 300) / Double(line.length)
  }

  /// 30 days, which is as long as a ticket can live. A rate may be as small as somebody likes to write
  /// it, and a wait that fits no whole number cannot be told.
  public static let longestETA = 30.0 * 24 * 3600

  /// A promise that is kept early pleases; one that is kept late does not.
  private static let pessimism = 1.03
  /// Said only when nothing at all is known.
  private static let secondsPerPlaceUnknown = 2.0
  /// Seconds over which the share of wasted time is averaged.
  private static let wasteMemory = 10.0
  /// A little over half of the time is enough to believe the measured rate alone.
  private static let wasteIsCertainAt = 3.0
  /// For a moment a full bucket stands before every rush, and says nothing about its speed.
  private static let wasteByChance = 0.2
  /// With fewer, chance decides more than the rate does (20 admissions: a standard error of 22 %).
  private static let enoughAdmissions = 20.0
}

/// When to poll next.
public enum PollHint {
  /// The longest hint, in seconds; `rebuild-window` must be longer.
  public static let longest = 20

  /// Whole seconds until the next poll: a tenth of the wait, 1 near the door and ``longest`` far from
  /// it, spread by ±15 % and rounded up or down by chance, so that those who joined together do not
  /// poll together.
  public static func seconds(
    eta: Double, using generator: inout some RandomNumberGenerator
  ) -> Int {
    let spread =
      min(max(eta / 10, 1), Double(longest) / 1.15)
      * Double.random(in: 0.85...1.15, using: &generator)
    let rounded = (spread + Double.random(in: 0..<1, using: &generator)).rounded(.down)
    return min(max(Int(rounded), 1), longest)
  }
}
