import Loop
import Queue
import Redis

/// What one front knows about the seats of one event: its keys, and pages of the map that are at most
/// a second old. Confined to the front's thread.
final class Sale: RecentEvent {
  /// Which part of the map, and which version of it the caller has.
  struct PageKey: Hashable {
    let after: Int64
    let limit: Int
    let known: Int64?
  }

  typealias Waiter = (Result<MapOutcome, RedisError>) -> Void

  let keys: SaleKeys
  /// When a request last asked for this event.
  var lastUse: Instant
  /// When this front last put the event into the registry.
  var registeredAt: Instant?

  private var version: (number: Int64, at: Instant)?
  private var pages: [PageKey: (page: SeatPage, at: Instant)] = [:]
  private var waiters: [PageKey: [Waiter]] = [:]

  /// A sale of which nothing is known yet.
  init(_ keys: SaleKeys, now: Instant) {
    self.keys = keys
    lastUse = now
  }

  /// Whether a request waits for a page.
  var isBusy: Bool { !waiters.isEmpty }
  /// How many pages are kept.
  var pageCount: Int { pages.count }

  /// What can be told without asking Redis: the page, or that it is unchanged.
  func answer(to key: PageKey, at now: Instant) -> MapOutcome? {
    if let known = key.known, let version, version.number == known, isFresh(version.at, now) {
      return .unchanged(version: known)
    }
    guard let (page, at) = pages[key.unconditional], isFresh(at, now) else { return nil }
    return page.version == key.known ? .unchanged(version: page.version) : .page(page)
  }

  /// Notes that a request waits for a page; true if it is to be asked for.
  func wait(for key: PageKey, _ waiter: @escaping Waiter) -> Bool {
    waiters[key, default: []].append(waiter)
    return waiters[key]?.count == 1
  }

  /// Takes those who wait for a page.
  func endWait(for key: PageKey) -> [Waiter] { waiters.removeValue(forKey: key) ?? [] }

  /// Takes in what Redis said of the map.
  func learn(_ outcome: MapOutcome, for key: PageKey, at now: Instant) {
    switch outcome {
    case .page(let page):
      version = (page.version, now)
      pages[key.unconditional] = (page, now)
    case .unchanged(let number): version = (number, now)
    case .none: version = nil
    }
  }

  /// Drops pages that are too old to be told.
  func forgetPages(at now: Instant) {
    pages = pages.filter { isFresh($0.value.at, now) }
  }

  private func isFresh(_ at: Instant, _ now: Instant) -> Bool { now - at <= Self.pageLifetime }

  private static let pageLifetime = Duration.seconds(1)
}

@available(*, unavailable, message: "a Sale belongs to its front's thread")
extension Sale: Sendable {}

extension Sale.PageKey {
  /// The same page for a caller who knows nothing.
  fileprivate var unconditional: Self { Self(after: after, limit: limit, known: nil) }
}
