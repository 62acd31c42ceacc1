import Loop

/// Whether a front takes on another request: no more than so many at once, and no more than so many a
/// second. What is refused is refused at once, before any work.
///
/// The process's limits are divided evenly among its fronts.
final class RequestAdmission {
  enum Decision: Equatable {
    case admitted
    case rateLimited
    case overloaded
  }

  private let maxInFlight: Int
  private let rate: Double
  private var tokens: Double
  private var refilledAt: Instant
  private(set) var inFlight = 0

  /// `rate` is in requests a second, 0 for no limit; it lets a second's worth through at once.
  init(maxInFlight: Int, rate: Double, now: Instant) {
    self.maxInFlight = maxInFlight
    self.rate = rate
    tokens = max(1, rate)
    refilledAt = now
  }

  /// Decides on one request; an admitted one must be ``finished()``.
  func admit(at now: Instant) -> Decision {
    guard inFlight < maxInFlight else { return .overloaded }
    if rate > 0 {
      tokens = min(max(1, rate), tokens + (now - refilledAt).seconds * rate)
      refilledAt = now
      guard tokens >= 1 else { return .rateLimited }
      tokens -= 1
    }
    inFlight += 1
    return .admitted
  }

  /// An admitted request was answered.
  func finished() {
    inFlight -= 1
  }
}
