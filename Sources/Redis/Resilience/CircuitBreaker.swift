import Loop

/// Keeps calls away from a Redis that fails, so that requests fail at once instead of one after the
/// other waiting for their deadline.
///
/// *Closed*, every call goes through, and the last ones are remembered. When enough of them failed
/// or were slow, the breaker *opens*: no call goes through. After a while, or as soon as a new
/// connection shows that Redis lives, it is *half open*: a few calls go through as probes. When
/// enough have succeeded it closes; the first failure opens it again.
///
/// Calls that are let through together have one fate: a stall of a moment makes all of them slow,
/// and there may be hundreds. So what is remembered are *moments*, of which each has the calls that
/// began in it. Where little is asked, that is one.
///
/// Source: M. Nygard, Release It!, "Circuit Breaker"; the count-based window of resilience4j.
package struct CircuitBreaker: Sendable {
  /// When it opens and for how long.
  package struct Settings: Equatable, Sendable {
    /// How many of the last moments it judges by; it does not judge by fewer.
    package var window = 10
    /// The share of them, 0 to 1, that must have failed, and of its calls, for a moment to have
    /// failed.
    package var failureRate = 0.5
    /// How long a moment is. With a whole deadline in half of a window, no stall that ends in time
    /// opens it, and one that does not opens it when the first commands are given up.
    package var moment = Duration.milliseconds(100)
    /// How long it stays open when nothing shows that Redis lives.
    package var openFor = Duration.seconds(10)
    /// A reply that takes longer counts as a failure; below the deadline of a command, so that a
    /// Redis that is only just in time opens it, too.
    package var slowAfter = Duration.milliseconds(300)
    /// How many calls may be under way when it is half open: a request or two make several.
    package var probes = 10
    /// How many of them must succeed for it to close.
    package var proofs = 3

    /// The defaults.
    package init() {}
  }

  /// What it does with calls.
  package enum State: String, CaseIterable, Sendable {
    case closed
    case open
    case halfOpen = "half_open"
  }

  /// What came of a call.
  package enum Outcome: Sendable {
    /// A reply came, in time.
    case success
    /// No reply came, or too late, or Redis said that it cannot work.
    case failure
    /// The call was never sent, which says nothing about Redis.
    case unknown
  }

  /// Leave for one call, to be handed back with what came of it. Calls that were let through before
  /// the state changed say nothing about the present one.
  package struct Permit: Equatable, Sendable {
    fileprivate let period: UInt32
    fileprivate let moment: UInt32

    /// Leave where there is no breaker.
    static let always = Permit(period: 0, moment: 0)
  }

  private enum Phase {
    case closed
    case open(until: Instant)
    case halfOpen(left: Int, succeeded: Int)
  }

  private let settings: Settings
  private var phase: Phase = .closed
  /// Of the present period, if that is a closed one.
  private var window: Window
  private var period: UInt32 = 0

  /// A closed breaker that remembers nothing.
  package init(_ settings: Settings = Settings()) {
    self.settings = settings
    window = Window(settings)
  }

  /// What it does with calls now.
  package var state: State {
    switch phase {
    case .closed: .closed
    case .open: .open
    case .halfOpen: .halfOpen
    }
  }

  /// Leave for a call at `now`, or nil: the call must fail at once.
  package mutating func admit(at now: Instant) -> Permit? {
    if case .open(let until) = phase, now >= until { halfOpen() }
    switch phase {
    case .closed: break
    case .open: return nil
    case .halfOpen(let left, let succeeded):
      guard left > 0 else { return nil }
      phase = .halfOpen(left: left - 1, succeeded: succeeded)
    }
    let moment = now.nanoseconds / settings.moment.nanoseconds
    return Permit(period: period, moment: UInt32(truncatingIfNeeded: moment))
  }

  /// A call ended.
  package mutating func ended(_ permit: Permit, _ outcome: Outcome, at now: Instant) {
    guard permit.period == period else { return }
    switch (phase, outcome) {
    case (.open, _), (.closed, .unknown): break
    case (.closed, _):
      window.ended(in: permit.moment, isFailure: outcome == .failure)
      // A success that completes the window is news of a Redis that is back.
      if outcome == .failure, window.isBad { open(at: now) }
    case (.halfOpen, .failure): open(at: now)
    case (.halfOpen(let left, let succeeded), .unknown):
      phase = .halfOpen(left: left + 1, succeeded: succeeded)
    case (.halfOpen(let left, let succeeded), .success):
      if succeeded + 1 < settings.proofs {
        phase = .halfOpen(left: left + 1, succeeded: succeeded + 1)
      } else {
        window = Window(settings)
        begin(.closed)
      }
    }
  }

  /// A new connection finished its handshake: there is no need to wait any longer.
  package mutating func redisLives() {
    if case .open = phase { halfOpen() }
  }

  /// How long after `now` until a call may go through; zero if one may already.
  package func remaining(at now: Instant) -> Duration {
    if case .open(let until) = phase { max(.zero, until - now) } else { .zero }
  }

  private mutating func open(at now: Instant) {
    begin(.open(until: now + settings.openFor))
  }

  private mutating func halfOpen() {
    begin(.halfOpen(left: settings.probes, succeeded: 0))
  }

  private mutating func begin(_ next: Phase) {
    phase = next
    period &+= 1
  }

  /// The last moments, and how many of them failed.
  private struct Window {
    private struct Moment {
      let number: UInt32
      var ended = 0
      var failed = 0
    }

    private var moments: [Moment] = []
    private var newest = -1
    private var failed = 0
    private let size: Int
    private let failureRate: Double

    init(_ settings: Settings) {
      size = settings.window
      failureRate = settings.failureRate
    }

    /// Whether enough of them failed; false as long as there are too few to judge.
    var isBad: Bool { moments.count == size && Double(failed) >= failureRate * Double(size) }

    /// A call that began in a moment ended.
    mutating func ended(in number: UInt32, isFailure: Bool) {
      let index = index(of: number)
      if hasFailed(moments[index]) { failed -= 1 }
      moments[index].ended += 1
      if isFailure { moments[index].failed += 1 }
      if hasFailed(moments[index]) { failed += 1 }
    }

    private func hasFailed(_ moment: Moment) -> Bool {
      moment.failed > 0 && Double(moment.failed) >= failureRate * Double(moment.ended)
    }

    /// Where a moment is; one that is not known replaces the oldest.
    private mutating func index(of number: UInt32) -> Int {
      if let known = known(number) { return known }
      if moments.count < size {
        moments.append(Moment(number: number))
        newest = moments.count - 1
      } else {
        newest = (newest + 1) % size
        if hasFailed(moments[newest]) { failed -= 1 }
        moments[newest] = Moment(number: number)
      }
      return newest
    }

    /// The search ends soon: a call is rarely under way for more than a second.
    private func known(_ number: UInt32) -> Int? {
      var index = newest
      for _ in 0..<min(moments.count, 16) {
        if moments[index].number == number { return index }
        index = index == 0 ? moments.count - 1 : index - 1
      }
      return nil
    }
  }
}
