import Loop
import Queue
import Redis

/// Where people who were admitted get what they came for, as one front serves it: they hold seats, give
/// them back or buy them, and take what there is a stock of.
///
/// Everything runs on the loop's thread, completions included, each called exactly once. Redis holds
/// the state; what a box office remembers (pages of the map, at most a second old) can be lost at any
/// time.
///
/// What each costs: one script call; *map* none, if this front asked for the same page, or learnt that
/// the caller's version is the present one, less than a second ago.
package final class BoxOffice {
  /// The most seats on a page of the map.
  package static let pageLimit = 1000

  /// Signs holds and checks grants; nil until the secret is known. Until then everything fails as it
  /// does when Redis is away.
  package var signer: TokenSigner?
  /// Called with how many holds a call found to be over, and ended.
  package var holdsEnded: ((Int) -> Void)?

  let loop: Loop
  let redis: any RedisClient
  let scripts: SeatScripts
  let settings: SeatSettings
  private let store: StoreKnowledge
  private let registry: EventRegistry
  private var table = SaleTable()
  private var isForgetting = false

  /// A box office on `loop` whose state is behind `redis`.
  ///
  /// - Parameter store: What the process knows of Redis, and so of its clock.
  package init(
    loop: Loop, redis: any RedisClient, signer: TokenSigner?, settings: SeatSettings,
    store: StoreKnowledge? = nil, scripts: SeatScripts = SeatScripts()
  ) {
    self.loop = loop
    self.redis = redis
    self.signer = signer
    self.settings = settings
    self.store = store ?? StoreKnowledge(lifetime: settings.eventTTL)
    self.scripts = scripts
    registry = EventRegistry(SaleKeys.events(in: settings.keys), redis: redis)
  }

  /// What is told while there is no signer.
  static let noSecret = RedisError.unavailable("the token secret has not come from it yet")

  func sale(of event: EventID) -> Sale { table.sale(of: event, in: settings.keys, at: loop.now) }

  /// What time it should be by Redis' clock, as scripts are told: µs, or 0.
  func time(of sale: Sale) -> Int64 { store.time(of: sale.keys.event, at: loop.now) }

  /// Calls a script of seats, with the keys of all of them if no others are given.
  func call<Outcome: SeatsOutcome>(
    _ script: Script, of sale: Sale, keys: [Key]? = nil, _ arguments: [Argument],
    _ completion: @escaping (Result<Outcome, RedisError>) -> Void
  ) {
    redis.call(
      script, keys: keys ?? sale.keys.seats, arguments: arguments, holdsEnded: holdsEnded,
      completion)
  }

  /// Notes the event in the registry, once in a while, and again if that fails: should the registry be
  /// lost, no hold must outlive its end because of that. Every operation that found seats or stock
  /// does so. See ``SeatMaintenance``.
  func register(_ sale: Sale) {
    if let at = sale.registeredAt, loop.now - at < Self.registrationPeriod { return }
    sale.registeredAt = loop.now
    registry.note(sale.keys.event) { result in
      if case .failure = result { sale.registeredAt = nil }
    }
  }

  /// Lets go of pages when they are too old to be told.
  func forgetPagesSoon() {
    guard !isForgetting else { return }
    isForgetting = true
    loop.schedule(after: .seconds(2)) { [weak self] in
      guard let self else { return }
      isForgetting = false
      table.forgetPages(at: loop.now)
    }
  }

  private static let registrationPeriod = Duration.seconds(10)
}

@available(*, unavailable, message: "a BoxOffice belongs to its front's thread")
extension BoxOffice: Sendable {}
