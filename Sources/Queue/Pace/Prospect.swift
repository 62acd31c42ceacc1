import Glibc

/// What each place of a line can expect at one moment: the rule of the ETA. `promise.lua`, its twin,
/// promises by it to those who join.
///
/// *The queue's length, with abandonment* (QLm of Ibrahim and Whitt, "Real-time delay estimation in
/// overloaded multiserver queues with abandonments", Management Science 55, 2009). People are called in
/// order, each for a token. A person who is not waits until `d` more are called than the bucket covers
/// now: the place, less those ahead who need no further token, less the tokens. Calls come with a speed
/// `s`, and of the people ahead a share `μ` goes away each second, so `d` shrinks by `s + μ·d` a second,
/// which takes `ln(1 + μ·d / s) / μ` seconds. Speed and share are measured: see ``CallHistory``.
///
/// *What is certain comes first.* No one is called before the opening and the end of a rebuild, and none where all is held
/// before the first hold ends; meanwhile the bucket fills. Behind the free places under `active_limit`, the
/// speed is that of people going out. Where a speed is 0 there is no number, only a reason.
///
/// *The interval* is the share of the wait that ``Margin`` says for waits of that length.
///
/// All times are µs of Redis time.
struct Prospect {
  /// What is measured, or known to the caller alone: what `promise.lua` is told.
  struct Terms: Equatable {
    /// How many places the calls go on for each token that is refilled.
    var used = 1.0
    /// For how many seconds, from the first call on, nothing but the bucket decides.
    var aloneFor = 0.0
    /// The most calls a second then.
    var most = Self.unlimited
    /// The share of the people ahead who go away a second.
    var departing = 0.0
    /// What keeps people from being called, beside the bucket.
    var barrier: ETA.Reason?
    /// Until when that is so at least, µs; 0 if that is not known.
    var freeAt: Int64 = 0
    /// How far off waits are, by their length.
    var margins = Margins()

    /// Stands for no limit of ``most``.
    static let unlimited = 1e18
  }

  private let snapshot: LineSnapshot
  private let terms: Terms
  /// How many people more the bucket covers, once people are called.
  private var covered: Double
  /// Seconds until people are called, and what for.
  private(set) var starts = 0.0
  private var startReason: ETA.Reason?
  /// Whether no one is called any more.
  private let isOver: Bool

  /// What can be expected at `time`, of a line of which `snapshot` was taken not long before.
  init(_ snapshot: LineSnapshot, _ terms: Terms, at time: Int64) {
    (self.snapshot, self.terms) = (snapshot, terms)
    let age = Double(max(0, time - snapshot.time)) / 1e6
    let bucket = Self.filled(snapshot, after: snapshot.isPaused ? 0 : age)
    covered = Self.allowed(of: bucket, snapshot)
    isOver = time >= snapshot.closesAt
    start(at: snapshot.rebuildUntil, for: .rebuilding, time)
    start(at: snapshot.opensAt, for: .opening, time)
    if starts > 0 {
      covered = Self.allowed(of: Self.filled(snapshot, after: age + starts), snapshot)
    }
    if terms.barrier == .holds {
      start(at: terms.freeAt, for: .holds, time)
      covered = max(covered, 1)
    }
  }

  private static func filled(_ snapshot: LineSnapshot, after seconds: Double) -> Double {
    let room = max(0, snapshot.burst - Double(snapshot.called))
    return max(0, min(room, snapshot.bucket + snapshot.rate * seconds))
  }

  /// Less than 0 where more are inside than may be.
  private static func allowed(of tokens: Double, _ snapshot: LineSnapshot) -> Double {
    let allowed = snapshot.allowed(of: tokens)
    if snapshot.activeLimit == 0 { return allowed }
    return min(allowed, Double(snapshot.activeLimit - snapshot.inside - snapshot.called))
  }

  private mutating func start(at moment: Int64, for reason: ETA.Reason, _ time: Int64) {
    let rest = Double(moment - time) / 1e6
    if rest > starts { (starts, startReason) = (rest, reason) }
  }

  /// Whether more than the bucket decides.
  var isBarred: Bool { terms.barrier != nil || terms.aloneFor > 0 }

  /// What a person at `position` is told, who is not called.
  func eta(position: Int) -> ETA {
    if snapshot.isPaused { return ETA(unknown: .paused) }
    if isOver { return ETA(unknown: .closed) }
    let (seconds, isBarred) = seconds(until: max(1, Double(position) - Double(snapshot.settled)))
    guard let seconds, !seconds.isNaN else {
      return ETA(unknown: snapshot.rate > 0 ? terms.barrier ?? .stopped : .stopped)
    }
    let moving = seconds - starts
    let margin = terms.margins[of: moving]
    func whole(_ value: Double, _ rule: FloatingPointRoundingRule) -> Int {
      Int(max(0, min(value, ETA.longest)).rounded(rule))
    }
    return ETA(
      // The call may come at any moment, but it has not.
      seconds: max(1, whole(seconds, .up)), low: whole(starts + moving * margin.low, .down),
      high: max(1, whole(starts + moving * margin.high, .up)),
      reason: isBarred && moving > 0 ? terms.barrier ?? startReason : startReason)
  }

  /// Seconds until so many people are called, nil for never; and whether more than the bucket decides.
  private func seconds(until people: Double) -> (Double?, isBarred: Bool) {
    var people = rest(of: people, after: starts, speed: 0) - covered
    guard people > 0 else { return (starts, false) }
    let speed = snapshot.rate * terms.used
    if terms.aloneFor > 0 {
      guard let alone = lasts(people, speed: speed) else { return (nil, false) }
      if alone <= terms.aloneFor { return (starts + alone, false) }
      people = rest(of: people, after: terms.aloneFor, speed: speed)
    }
    return (lasts(people, speed: min(speed, terms.most)).map { starts + terms.aloneFor + $0 }, true)
  }

  /// Seconds until so many people are called or gone away; nil for never.
  private func lasts(_ people: Double, speed: Double) -> Double? {
    if people <= 0 { return 0 }
    guard speed > 0 else { return nil }
    let leaving = terms.departing * people / speed
    return leaving > 1e-6 ? log1p(leaving) / terms.departing : people / speed
  }

  /// How many of so many people are left to be called after so many seconds.
  private func rest(of people: Double, after seconds: Double, speed: Double) -> Double {
    let gone = terms.departing * seconds
    if gone < 1e-6 { return people - speed * seconds }
    return people * exp(-gone) - speed / terms.departing * (1 - exp(-gone))
  }
}
