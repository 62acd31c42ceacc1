import Loop
import Redis

/// Whether a front takes on another request: no more than so many at once, and no more than so many
/// a second. A request above the rate is refused at once, before any work.
///
/// A request that finds all slots taken waits for one, first come, first served. If Redis is what
/// takes so long, a refusal comes soon and costs the front nothing. But where the front itself has
/// too much to do, to refuse a client that asks again costs as much as to answer it, and a client
/// that waits does not ask. So patience is measured in the time in which the front had nothing to
/// do.
///
/// Work that finishes goes before work that starts. A person who joins brings many requests more,
/// while a leave, an enter, and a status that keeps a place make the rest smaller. So the last
/// quarter of both limits is closed to joins, and they wait behind all others. Of the rate this
/// costs nothing: tokens that joins may not take are there only while the others leave them.
///
/// The process's limits are divided evenly among its fronts. `Request` is what waits: it is
/// carried, never looked at. Confined to the front's thread.
package final class LoadShedder<Request> {
  /// What becomes of a request.
  enum Decision: Equatable {
    case admitted
    /// No slot is free yet: the request is to ``wait(_:_:since:idleTime:)``.
    case mustWait
    case rateLimited
    case stopping
  }

  private struct Waiter {
    let request: Request
    let since: Instant
    /// The front's idle time then.
    let idleTime: Duration
  }

  /// How long a request waits for a slot while the front has nothing to do. A front that is busy
  /// half of the time takes twice as long for that, and the refusal still comes within 50 ms.
  static var patience: Duration { .milliseconds(25) }
  /// How long it waits at most. The work itself must still be done within a second.
  static var longestWait: Duration { .milliseconds(300) }

  /// Called when a request that waits may start, once until ``next()`` has given back all that may.
  var slotFreed: (() -> Void)?

  private let maxInFlight: Int
  private let rate: Double
  /// The most tokens that there can be.
  private let burst: Double
  private var tokens: Double
  private var refilledAt: Instant
  /// By kind of work.
  private var waiters = Work.allCases.map { _ in Ring<Waiter>() }
  private var isSlotTold = false
  /// Requests that were admitted and are not finished.
  private(set) var inFlight = 0
  /// Whether the process ends and takes on nothing more.
  private(set) var isStopping = false

  /// `rate` is in requests a second, 0 for no limit; it lets a second's worth through at once.
  package init(maxInFlight: Int, rate: Double, now: Instant) {
    self.maxInFlight = maxInFlight
    self.rate = rate
    burst = max(1, rate)
    tokens = burst
    refilledAt = now
  }

  /// Decides on one request; an admitted one must be ``finished()``.
  func admit(_ work: Work, at now: Instant) -> Decision {
    if isStopping { return .stopping }
    let hasSlot = hasSlot(for: work) && !hasWaiters(before: work)
    if rate > 0 {
      tokens = min(burst, tokens + (now - refilledAt).seconds * rate)
      refilledAt = now
      guard tokens >= 1 + reserve(of: burst - 1, from: work) else { return .rateLimited }
      tokens -= 1
    }
    guard hasSlot else { return .mustWait }
    inFlight += 1
    return .admitted
  }

  /// Takes on nothing from now on. Requests that wait still do.
  func stop() {
    isStopping = true
  }

  /// An admitted request was answered.
  func finished() {
    inFlight -= 1
    guard !isSlotTold, mayStart != nil else { return }
    isSlotTold = true
    slotFreed?()
  }

  // MARK: - Requests that wait

  /// Keeps a request that must wait, until ``next()`` or ``overdue(at:idleTime:)`` gives it back.
  ///
  /// - Parameter idleTime: How long the front has had nothing to do, counted from any moment.
  func wait(_ request: Request, _ work: Work, since now: Instant, idleTime: Duration) {
    let waiter = Waiter(request: request, since: now, idleTime: idleTime)
    waiters[work.rawValue].append(waiter)
  }

  /// The next request that has waited and may start; it is admitted with this. Nil if there is
  /// none.
  func next() -> Request? {
    guard let work = mayStart, let waiter = waiters[work.rawValue].popFirst() else {
      isSlotTold = false
      return nil
    }
    inFlight += 1
    return waiter.request
  }

  /// A request that has waited for too long; it is forgotten with this. Nil if there is none.
  func overdue(at now: Instant, idleTime: Duration) -> Request? {
    let kind = waiters.firstIndex { queue in
      queue.first.map { timeLeft(of: $0, now, idleTime) <= .zero } ?? false
    }
    guard let kind else { return nil }
    // It did no work, which is what the rate limits.
    tokens = min(burst, tokens + 1)
    return waiters[kind].popFirst()?.request
  }

  /// How long no request will be ``overdue(at:idleTime:)``; nil if none waits.
  func timeLeft(at now: Instant, idleTime: Duration) -> Duration? {
    waiters.compactMap { $0.first.map { timeLeft(of: $0, now, idleTime) } }.min()
  }

  private func timeLeft(of waiter: Waiter, _ now: Instant, _ idleTime: Duration) -> Duration {
    min(waiter.since + Self.longestWait - now, waiter.idleTime + Self.patience - idleTime)
  }

  /// The kind of the next request that waits and may start.
  private var mayStart: Work? {
    Work.allCases.first { !waiters[$0.rawValue].isEmpty && hasSlot(for: $0) }
  }

  /// Whether a request waits that a new one must not overtake.
  private func hasWaiters(before work: Work) -> Bool {
    waiters[...work.rawValue].contains { !$0.isEmpty }
  }

  // MARK: - The limits

  private func hasSlot(for work: Work) -> Bool {
    inFlight < maxInFlight - reserve(of: maxInFlight, from: work)
  }

  /// What of `limit` is not for this work. Never all of it.
  private func reserve(of limit: Int, from work: Work) -> Int {
    work == .starting ? limit / 4 : 0
  }

  private func reserve(of limit: Double, from work: Work) -> Double {
    work == .starting ? limit / 4 : 0
  }
}
