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

  private(set) var pace: Pace?
  private var receivedAt = Instant(nanoseconds: 0)
  private var isPulsing = false
  /// Whether the registry has yet to hear that the event is active.
  var isUnregistered = false
  /// Whether this front ever had it registered.
  var wasRegistered = false
  /// Whether the last pulse brought no snapshot.
  private(set) var isPulseFailing = false
  private var seen: Set<UserID> = []
  private var waiters: [(Result<Void, RedisError>) -> Void] = []

  /// A line of which nothing is known yet.
  init(_ keys: EventKeys, progress: EventProgress, now: Instant) {
    self.keys = keys
    self.progress = progress
    lastUse = now
  }

  /// Whether a person's presence has yet to be written down.
  var hasUnwrittenPresence: Bool { !seen.isEmpty || isUnregistered }

  /// Whether anything is under way or yet to be written.
  var isBusy: Bool {
    isPulsing || hasUnwrittenPresence || !waiters.isEmpty || !joins.isIdle || !returns.isIdle
      || !enters.isIdle
  }

  /// Notes that `user` asked just now.
  func saw(_ user: UserID) {
    seen.insert(user)
  }

  /// The pace, if the snapshot is fit to answer with.
  func freshPace(at now: Instant) -> Pace? { isStale(at: now) ? nil : pace }

  /// Whether the snapshot is too old to answer with.
  func isStale(at now: Instant) -> Bool {
    pace == nil || now - receivedAt > Self.snapshotLifetime
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

  /// Calls `body` when the pulse that is under way has come back.
  func wait(_ body: @escaping (Result<Void, RedisError>) -> Void) {
    waiters.append(body)
  }

  /// Begins a pulse, unless one is under way: returns whom it must write down.
  func beginPulse() -> Set<UserID>? {
    guard !isPulsing else { return nil }
    isPulsing = true
    defer { seen = [] }
    return seen
  }

  /// A pulse came back with a snapshot, or with an error that those who wait for it get.
  func endPulse(_ result: Result<LineSnapshot, RedisError>, at now: Instant) {
    isPulsing = false
    isPulseFailing = true
    if case .success(let snapshot) = result {
      isPulseFailing = false
      receivedAt = now
      if pace?.observe(snapshot) == nil { pace = Pace(snapshot) }
    }
    let woken = waiters
    waiters = []
    for waiter in woken { waiter(result.map { _ in }) }
  }

  /// Takes in admissions that this front brought about.
  func admitted(_ people: Int) {
    pace?.admitted(people)
  }

  /// What time it is for calls at `now`, ms: it stands in a pause.
  func callTime(at now: Instant) -> Int64 {
    guard let snapshot = pace?.snapshot else { return 0 }
    if snapshot.state == .paused { return snapshot.callTime }
    return snapshot.callTime + max(0, now.nanoseconds - receivedAt.nanoseconds) / 1_000_000
  }

  /// Whether a person with that ticket may be called by now, as far as the last snapshot tells.
  func mayBeCalled(_ ticket: Ticket, at now: Instant) -> Bool {
    guard let snapshot = freshPace(at: now)?.snapshot else { return true }
    return ticket.microseconds <= snapshot.callableTo
  }

  private static let snapshotLifetime = Duration.seconds(1)
}

@available(*, unavailable, message: "a Line belongs to its front's thread")
extension Line: Sendable {}
