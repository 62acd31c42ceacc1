import Loop
import Redis

/// What one front knows about one event: its keys, its pace, whom it saw since the last pulse, and
/// the joins that wait to be sent. Confined to the front's thread.
final class Line: RecentEvent {
  let keys: EventKeys
  /// What this process knows of the event. Passing it to each script is how a loss shows; see
  /// `event.lua`.
  let progress: EventProgress
  /// When a request last asked for this event.
  var lastUse: Instant

  /// Joins in the order of their arrival.
  var joins = BatchQueue<JoinRequest>()
  /// People who come back, in the order of their arrival.
  var returns = BatchQueue<ReturnRequest>()
  /// People who want to enter, in the order of their arrival.
  var enters = BatchQueue<EnterRequest>()

  /// Grants to be exchanged, in the order of their arrival.
  var exchanges = BatchQueue<SessionRequest>()
  /// Which sessions have ended, and what Redis has yet to hear of sessions.
  var ends = KnownEnds()
  /// Whether what Redis has yet to hear is to be told in a moment.
  var isTelling = false
  /// Whether a timer looks for the moment when the event opens.
  var isAwaitingOpening = false

  private(set) var pace: Pace?
  private var calibration = Calibration()
  private var receivedAt = Instant(nanoseconds: 0)
  private var isPulsing = false
  /// Whether the registry has yet to hear that the event is active.
  var isUnregistered = false
  /// Whether this front ever had it registered.
  var wasRegistered = false
  /// When the registry was last told so.
  var registeredAt: Instant?
  /// Whether the last pulse brought no snapshot.
  private(set) var isPulseFailing = false
  private var seen: Set<UserID> = []
  private var waiters: [(Result<Void, RedisError>) -> Void] = []
  private var newsWaiters: [(Result<Void, RedisError>) -> Void] = []
  /// What the pulse that is under way tells, and those who wait for that.
  private var news: [SessionNews] = []
  private var sessionsUsedAt: Instant?

  /// A line of which nothing is known yet.
  init(_ keys: EventKeys, progress: EventProgress, now: Instant) {
    self.keys = keys
    self.progress = progress
    lastUse = now
  }

  /// Whether a person's presence has yet to be written down.
  var hasUnwrittenPresence: Bool { !seen.isEmpty || isUnregistered }

  /// Whether a pulse is to be sent at `now` though no request asks for one.
  func needsPulse(at now: Instant) -> Bool {
    if ends.hasNews { return isStale(at: now) }
    // Who ended elsewhere must be refused here two seconds later.
    if usesSessions(at: now) { return now - receivedAt > .milliseconds(500) || pace == nil }
    return hasUnwrittenPresence && isStale(at: now)
  }

  /// Whether there may be a need of pulses that no request asks for.
  func isWatched(at now: Instant) -> Bool {
    hasUnwrittenPresence || ends.hasNews || usesSessions(at: now)
  }

  /// A request is about a session.
  func usedSessions(at now: Instant) {
    sessionsUsedAt = now
  }

  private func usesSessions(at now: Instant) -> Bool {
    sessionsUsedAt.map { now - $0 < .seconds(60) } ?? false
  }

  /// Whether it is known which sessions had ended shortly before `now`.
  func knowsEnds(at now: Instant) -> Bool {
    pace != nil && now - receivedAt <= .milliseconds(1800)
  }

  /// Whether anything is under way or yet to be written.
  var isBusy: Bool {
    isPulsing || hasUnwrittenPresence || !waiters.isEmpty || !joins.isIdle || !returns.isIdle
      || !enters.isIdle || !exchanges.isIdle || ends.hasNews
  }

  /// Notes that `user` asked just now.
  func saw(_ user: UserID) {
    seen.insert(user)
  }

  /// The pace, if the snapshot is fit to answer with.
  func freshPace(at now: Instant) -> Pace? { isStale(at: now) ? nil : pace }

  /// Whether the snapshot is too old to answer with.
  ///
  /// So is one by which the next person can be called by now: scripts call, and only when they are run.
  func isStale(at now: Instant) -> Bool {
    guard let pace else { return true }
    let age = now - receivedAt
    return age > Self.snapshotLifetime
      || age > Self.shortestPulse && pace.snapshot.canCall(after: age)
  }

  /// Redis time at `now`, µs, as far as the last snapshot tells.
  func redisTime(at now: Instant) -> Int64 { measuredRedisTime(at: now) ?? 0 }

  /// The same; nil while there is no snapshot.
  func measuredRedisTime(at now: Instant) -> Int64? {
    pace.map { $0.snapshot.time + max(0, now.nanoseconds - receivedAt.nanoseconds) / 1000 }
  }

  /// The same; nil if the snapshot is so old that the process may have measured another time since.
  func recentRedisTime(at now: Instant) -> Int64? {
    now - receivedAt > .seconds(5) ? nil : measuredRedisTime(at: now)
  }

  /// How long it takes from `now` until people are called, as far as the last snapshot tells; nil where
  /// that has begun.
  func timeToOpening(at now: Instant) -> Duration? {
    guard let pace, let time = measuredRedisTime(at: now), pace.snapshot.opensAt > time else {
      return nil
    }
    return .microseconds(pace.snapshot.opensAt - time)
  }

  /// Calls `body` when the pulse that is under way has come back.
  func wait(_ body: @escaping (Result<Void, RedisError>) -> Void) {
    waiters.append(body)
  }

  /// Calls `body` when Redis has heard all that is to be told of sessions now, or could not be.
  func waitForNews(_ body: @escaping (Result<Void, RedisError>) -> Void) {
    newsWaiters.append(body)
  }

  /// Whether someone waits for what the next pulse tells.
  var hasNewsWaiters: Bool { !newsWaiters.isEmpty }

  /// Plans to tell of sessions in a moment; false if that is planned.
  func plansToTell() -> Bool {
    defer { isTelling = true }
    return !isTelling
  }

  /// Whether the registry should hear that people are there. It is told once a second, also where pulses
  /// come more often.
  func isRegistrationDue(at now: Instant) -> Bool {
    registeredAt.map { now - $0 >= Self.snapshotLifetime } ?? true
  }

  /// Begins a pulse, unless one is under way: returns whom it must write down, and what it must tell of
  /// sessions.
  func beginPulse() -> (seen: Set<UserID>, news: [SessionNews])? {
    guard !isPulsing else { return nil }
    isPulsing = true
    news = ends.takeNews()
    if !ends.hasNews {
      waiters += newsWaiters
      newsWaiters = []
    }
    defer { seen = [] }
    return (seen, news)
  }

  /// A pulse came back with a snapshot, or with an error that those who wait for it get.
  func endPulse(
    _ result: Result<LineSnapshot, RedisError>, ended: [EndedSession] = [], at now: Instant
  ) {
    isPulsing = false
    isPulseFailing = true
    switch result {
    case .success(let snapshot):
      isPulseFailing = false
      receivedAt = now
      if pace?.observe(snapshot) == nil { pace = Pace(snapshot) }
      calibration.observe(snapshot)
      pace?.margins = calibration.margins(barred: false)
      pace?.barredMargins = calibration.margins(barred: true)
      ends.learn(ended, in: snapshot.epoch, at: snapshot.time / 1000)
    case .failure: ends.restore(news)
    }
    news = []
    let woken = waiters
    waiters = []
    for waiter in woken { waiter(result.map { _ in }) }
  }

  /// Takes in what the bearer of a ticket is told who is not called.
  func told(_ ticket: Ticket, _ eta: ETA, by prospect: Prospect, at time: Int64) {
    calibration.note(ticket, eta, by: prospect, at: time)
  }

  /// Takes in admissions that this front brought about.
  func admitted(_ people: Int) {
    pace?.admitted(people)
  }

  /// Takes in that so many people joined through this front, and which tickets were called at once, µs.
  func joined(_ people: Int, called tickets: [Int64]) {
    pace?.joined(people, called: tickets)
  }

  /// What time it is for calls at `now`, ms: it stands in a pause.
  func callTime(at now: Instant) -> Int64 {
    guard let snapshot = pace?.snapshot else { return 0 }
    if snapshot.state == .paused { return snapshot.callTime }
    return snapshot.callTime + max(0, now.nanoseconds - receivedAt.nanoseconds) / 1_000_000
  }

  /// Whether a person with that ticket may be called by now, as far as the last snapshot tells.
  func mayBeCalled(_ ticket: Ticket, at now: Instant) -> Bool {
    guard let snapshot = pace?.snapshot, now - receivedAt < .seconds(2) else { return true }
    return ticket.microseconds <= snapshot.callableTo
  }

  private static let snapshotLifetime = Duration.seconds(1)
  private static let shortestPulse = Duration.milliseconds(50)
}

@available(*, unavailable, message: "a Line belongs to its front's thread")
extension Line: Sendable {}
