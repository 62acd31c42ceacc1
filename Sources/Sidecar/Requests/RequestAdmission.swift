import Loop

/// Whether a front takes on another request: no more than so many at once, and no more than so many a
/// second. What is refused is refused at once, before any work.
///
/// Work that finishes goes before work that starts. Somebody who joins brings many requests more, while
/// a leave, an enter, and a status that keeps a place make the rest smaller. So the last quarter of
/// both limits is closed to joins. Of the rate this costs nothing: tokens that joins may not take are
/// there only while the others leave them.
///
/// The process's limits are divided evenly among its fronts.
final class RequestAdmission {
  /// What a request does to the work that is there.
  enum Work: CaseIterable {
    /// It brings more of it.
    case starting
    /// It is a part of what was started.
    case finishing
  }

  enum Decision: Equatable {
    case admitted
    case rateLimited
    case overloaded
    case stopping
  }

  private let maxInFlight: Int
  private let rate: Double
  /// The most tokens that there can be.
  private let burst: Double
  private var tokens: Double
  private var refilledAt: Instant
  private(set) var inFlight = 0
  /// Whether the process ends and takes on nothing more.
  private(set) var isStopping = false

  /// `rate` is in requests a second, 0 for no limit; it lets a second's worth through at once.
  init(maxInFlight: Int, rate: Double, now: Instant) {
    self.maxInFlight = maxInFlight
    self.rate = rate
    burst = max(1, rate)
    tokens = burst
    refilledAt = now
  }

  /// Decides on one request; an admitted one must be ``finished()``.
  func admit(_ work: Work, at now: Instant) -> Decision {
    if isStopping { return .stopping }
    guard inFlight < maxInFlight - reserve(of: maxInFlight, from: work) else { return .overloaded }
    if rate > 0 {
      tokens = min(burst, tokens + (now - refilledAt).seconds * rate)
      refilledAt = now
      guard tokens >= 1 + reserve(of: burst - 1, from: work) else { return .rateLimited }
      tokens -= 1
    }
    inFlight += 1
    return .admitted
  }

  /// Takes on nothing from now on.
  func stop() {
    isStopping = true
  }

  /// An admitted request was answered.
  func finished() {
    inFlight -= 1
  }

  /// What of `limit` is not for this work. Never all of it.
  private func reserve(of limit: Int, from work: Work) -> Int {
    work == .starting ? limit / 4 : 0
  }

  private func reserve(of limit: Double, from work: Work) -> Double {
    work == .starting ? limit / 4 : 0
  }
}
