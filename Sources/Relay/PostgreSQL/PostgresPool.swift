import Loop
import Redis

/// Connections to one PostgreSQL: as many as there is to do, up to a number; who finds none free waits.
///
/// Belongs to its loop's thread; completions are called there, never inside the call that they are given to.
final class PostgresPool {
  /// Limits and times.
  struct Settings: Sendable {
    var max = 4
    var connectTimeout = Duration.seconds(5)
    /// How long a query may wait for a connection.
    var wait = Duration.seconds(10)
    /// How long a query may take.
    var timeout = Duration.seconds(30)
    /// Between attempts to connect that fail.
    var backoff = Backoff(first: .milliseconds(100), longest: .seconds(2))
  }

  private struct Waiter {
    let query: PostgresQuery
    let since: Instant
    let completion: PostgresConnection.Completion
  }

  private let url: String
  private let loop: Loop
  private let settings: Settings
  private let metrics: PoolMetrics
  private var idle: [PostgresConnection] = []
  /// All that are open or being opened.
  private var all: [ObjectIdentifier: PostgresConnection] = [:]
  private var waiters: [Waiter] = []
  private var failures = 0
  private var isResting = false
  private var isClosed = false

  init(to url: String, on loop: Loop, settings: Settings, metrics: PoolMetrics) {
    self.url = url
    self.loop = loop
    self.settings = settings
    self.metrics = metrics
    metrics.max.set(Double(settings.max))
  }

  /// Sends a query as soon as a connection is free.
  func send(_ query: PostgresQuery, _ completion: @escaping PostgresConnection.Completion) {
    let waiter = Waiter(query: query, since: loop.now, completion: completion)
    waiters.append(waiter)
    if idle.isEmpty { metrics.waits.increment() }
    loop.defer(to: .answer) { [self] in serve() }
  }

  /// Ends all connections; what is under way fails.
  func close() {
    isClosed = true
    for connection in all.values { connection.close() }
    failWaiters(.unavailable("the relay is stopping"))
  }

  private func serve() {
    while !waiters.isEmpty, let connection = idle.popLast() {
      let waiter = waiters.removeFirst()
      metrics.waitTimes.observe((loop.now - waiter.since).seconds)
      connection.send(waiter.query, within: settings.timeout) { [self] result in
        if case .failure(.lost) = result { metrics.failures.increment() }
        giveBack(connection)
        waiter.completion(result)
        serve()
      }
    }
    if !waiters.isEmpty { openAnother() }
    update()
  }

  private func giveBack(_ connection: PostgresConnection) {
    if all[ObjectIdentifier(connection)] != nil { idle.append(connection) }
  }

  private func openAnother() {
    let opening = all.count - idle.count - busy
    guard !isClosed, !isResting, all.count < settings.max, opening < waiters.count else {
      return scheduleTimeout()
    }
    let connection = PostgresConnection(
      to: url, on: loop, within: settings.connectTimeout,
      opened: { [weak self] in self?.opened($0, $1) },
      closed: { [weak self] in self?.closed($0) })
    all[ObjectIdentifier(connection)] = connection
    openingNow.insert(ObjectIdentifier(connection))
    scheduleTimeout()
  }

  private var openingNow: Set<ObjectIdentifier> = []
  private var busy: Int { all.count - idle.count - openingNow.count }

  private func opened(_ connection: PostgresConnection, _ failure: PostgresFailure?) {
    openingNow.remove(ObjectIdentifier(connection))
    guard let failure else {
      failures = 0
      idle.append(connection)
      return serve()
    }
    all[ObjectIdentifier(connection)] = nil
    failures += 1
    metrics.failures.increment()
    isResting = true
    loop.schedule(
      after: settings.backoff.pause(afterFailures: failures, jitter: .random(in: 0.5...1))
    ) { [weak self] in
      self?.isResting = false
      self?.serve()
    }
    // Others may still do the work.
    if all.isEmpty { failWaiters(failure) }
    update()
  }

  private func closed(_ connection: PostgresConnection) {
    all[ObjectIdentifier(connection)] = nil
    idle.removeAll { $0 === connection }
    update()
  }

  private func failWaiters(_ failure: PostgresFailure) {
    let failed = waiters
    waiters = []
    for waiter in failed { waiter.completion(.failure(failure)) }
  }

  private var isTimeoutSet = false

  private func scheduleTimeout() {
    guard !isTimeoutSet, let first = waiters.first else { return }
    isTimeoutSet = true
    loop.schedule(at: first.since + settings.wait) { [weak self] in
      guard let self else { return }
      isTimeoutSet = false
      let late = waiters.prefix { loop.now - $0.since >= settings.wait }
      waiters.removeFirst(late.count)
      for waiter in late {
        metrics.timeouts.increment()
        waiter.completion(.failure(.poolExhausted))
      }
      scheduleTimeout()
    }
  }

  private func update() {
    metrics.open.set(Double(all.count - openingNow.count))
    metrics.inUse.set(Double(busy))
  }
}

@available(*, unavailable, message: "a PostgresPool belongs to its loop's thread")
extension PostgresPool: Sendable {}
