import Glibc

/// How fast a line moves, and so how long a place in it waits: the latest snapshot, and what those before
/// it have shown. ``Prospect`` has the rule, ``CallHistory`` what is measured.
///
/// All times are µs of Redis time.
package struct Pace: Equatable, Sendable {
  /// The state that everything is worked out from.
  package private(set) var snapshot: LineSnapshot

  /// `snapshot` without what this process has brought about since.
  private var observed: LineSnapshot
  private var history: CallHistory
  /// How far off the ETAs may be, where only the bucket decides, and where more does.
  var margins = Margins()
  var barredMargins = Margins()

  /// The pace of a line of which only one moment is known.
  package init(_ snapshot: LineSnapshot) {
    self.snapshot = snapshot
    observed = snapshot
    history = CallHistory(snapshot)
  }

  /// Takes in a later moment of the same line.
  package mutating func observe(_ next: LineSnapshot) {
    history.observe(next, after: observed)
    snapshot = next
    observed = next
  }

  /// Takes in that so many people who were called just went in.
  package mutating func admitted(_ people: Int) {
    snapshot.length = max(0, snapshot.length - people)
    snapshot.called = max(0, snapshot.called - people)
    snapshot.settled = max(0, snapshot.settled - people)
    snapshot.inside += people
  }

  /// Takes in that so many people just joined, and which tickets were called at once, µs.
  mutating func joined(_ people: Int, called tickets: [Int64]) {
    snapshot.length += people
    snapshot.called += tickets.count
    snapshot.settled += tickets.count
    snapshot.tokens = max(0, snapshot.tokens - Double(tickets.count))
    snapshot.bucket = max(0, snapshot.bucket - Double(tickets.count))
    snapshot.calledTo = max(snapshot.calledTo, tickets.max() ?? 0)
  }

  /// Takes in what a script said just now of the tokens with which people may be called.
  mutating func refilled(to tokens: Double) {
    snapshot.tokens = tokens
    if !snapshot.isBarred { snapshot.bucket = tokens }
  }

  /// Takes in what a script said of a loss just now.
  mutating func rebuilds(until time: Int64) {
    snapshot.rebuildUntil = time
  }

  /// Whether the call may come to `position` before a person there is told to poll again: the silent are
  /// parked sooner then. The bucket covers `burst` at most, and people ahead are called and go away
  /// meanwhile. Where no one can be called, all may be silent for as long.
  package func isNearDoor(position: Int, at time: Int64) -> Bool {
    if snapshot.isShut(at: time) || time < snapshot.rebuildUntil || snapshot.isBarred {
      return false
    }
    if snapshot.rate <= 0, snapshot.bucket < 1, snapshot.called == 0 { return false }
    return isWithin(snapshot.burst, position)
  }

  /// Whether that is so at `position` as soon as the event opens, which calls a whole bucket at once.
  func isNearOpening(position: Int) -> Bool { isWithin(2 * snapshot.burst, position) }

  private func isWithin(_ people: Double, _ position: Int) -> Bool {
    let speed = snapshot.rate * max(1, history.used)
    let moves = (speed + snapshot.departures) * Double(PollHint.longest)
    return Double(position) - Double(snapshot.settled) <= people + moves
  }

  /// What a person at `position` is told at `time`, who is not called.
  package func eta(position: Int, at time: Int64) -> ETA {
    prospect(at: time).eta(position: position)
  }

  /// What can be expected at `time`.
  func prospect(at time: Int64) -> Prospect {
    Prospect(snapshot, terms(at: time), at: time)
  }

  /// What `join.lua` is told, so that it promises by the same rule.
  func terms(at time: Int64) -> Prospect.Terms {
    var terms = Prospect.Terms(
      used: history.used, departing: history.departing(snapshot, at: time))
    if snapshot.waitsForSale { barSale(&terms, at: time) }
    if snapshot.activeLimit > 0 { barInside(&terms, at: time) }
    terms.margins = terms.barrier == nil && terms.aloneFor == 0 ? margins : barredMargins
    return terms
  }

  /// What is left for sale lets nobody in.
  private func barSale(_ terms: inout Prospect.Terms, at time: Int64) {
    if snapshot.isSoldOut {
      (terms.barrier, terms.most) = (.soldOut, 0)
    } else if snapshot.holdEnds > 0 {
      (terms.barrier, terms.freeAt) = (.holds, snapshot.holdEnds)
      let lasts = Double(max(1, snapshot.lastHoldEnds - time)) / 1e6
      terms.most = history.callsForSale ?? Double(snapshot.holds) / lasts
    } else if snapshot.inside + snapshot.called > 0 {
      terms.barrier = .sessions
      terms.most =
        history.callsForSale.flatMap { $0 > 0 ? $0 : nil }
        ?? history.ends(of: snapshot.inside)
    } else {
      (terms.barrier, terms.most) = (.stopped, 0)
    }
  }

  /// No more people come in than go out, once all places inside are taken.
  private func barInside(_ terms: inout Prospect.Terms, at time: Int64) {
    let free = snapshot.activeLimit - snapshot.inside - snapshot.called
    if free <= 0 {
      let isStill = time - history.freedAt >= snapshot.sessionTTL * 1000
      if terms.most > 0 { terms.barrier = isStill ? .full : .sessions }
      terms.most = isStill ? 0 : min(terms.most, history.ends(of: snapshot.inside))
      return
    }
    guard terms.barrier == nil else { return }
    let ends = history.ends(of: snapshot.activeLimit)
    let surplus = snapshot.rate * history.used - ends
    guard surplus > 0 else { return }
    terms.aloneFor = max(1e-3, (Double(free) - snapshot.allowed(of: snapshot.bucket)) / surplus)
    terms.most = ends
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

  /// With fewer, chance decides more than the rate does (20 admissions: a standard error of 22 %).
  private static let enoughAdmissions = 20.0
}
