import Loop
import Redis

/// The queue at the door, as one front serves it: join, status, enter, leave, verify.
///
/// Everything runs on the loop's thread, completions included, each called exactly once. Redis holds
/// the state; what a room remembers (a snapshot of each line, at most a second old, and who was seen
/// since) can be lost at any time.
///
/// What each costs: *status* two commands in one round trip (ZSCORE, ZRANK), and one more near the door
/// (ZSCORE), no script, no write; *join* a share of one script call; *enter* what status costs near the
/// door, or a share of one script call for whom may be called; *leave* one script call; a *session* a share of
/// one; *verify* and renewing nothing. Besides, about one `pulse` a second, with a note in the registry, for
/// each event that is polled or whose sessions are looked at; ends of sessions go with pulses of their own.
package final class WaitingRoom {
  let loop: Loop
  let redis: any RedisClient
  /// For what only reads: what keeps writes from being answered does not hold it up.
  let reads: any RedisClient
  let scripts: QueueScripts
  let eventArguments: EventArguments
  let settings: QueueSettings
  let clock: RedisClock
  let store: StoreKnowledge

  /// Signs and checks tokens; nil until the secret is known. Until then everything fails as it does
  /// when Redis is away: a place must not be lost because a front is young.
  package var signer: TokenSigner?

  private let registry: EventRegistry
  private var table: LineTable
  private var generator = SplitMix64(seed: .random(in: 0 ... .max))
  private var isTicking = false

  /// A room on `loop` whose state is behind `redis`, and behind `reads` as well, if that is another
  /// way to the same Redis.
  ///
  /// - Parameters:
  ///   - clock: What all rooms of the process know of Redis' clock.
  ///   - store: What they know of what Redis holds.
  package init(
    loop: Loop, redis: any RedisClient, reads: (any RedisClient)? = nil, signer: TokenSigner?,
    settings: QueueSettings, clock: RedisClock = RedisClock(), store: StoreKnowledge? = nil,
    scripts: QueueScripts = QueueScripts()
  ) {
    self.loop = loop
    self.redis = redis
    self.reads = reads ?? redis
    self.signer = signer
    self.settings = settings
    self.clock = clock
    self.store = store ?? StoreKnowledge(lifetime: settings.ticketTTL)
    self.scripts = scripts
    eventArguments = EventArguments(settings)
    registry = EventRegistry(EventKeys.events(in: settings.keys), redis: redis)
    table = LineTable(lifetime: settings.ticketTTL)
  }

  /// What is told while there is no signer.
  static let noSecret = RedisError.unavailable("the token secret has not come from it yet")

  func line(of event: EventID) -> Line {
    table.line(of: event, in: settings.keys, at: loop.now, knowing: store)
  }

  /// Takes in what a script's reply says of the line's event, and tells all others of a loss.
  ///
  /// - Parameter ticket: The latest that the script was told.
  func learn(_ head: ScriptHead, of line: Line, ticket: Ticket? = nil) {
    store.learn(
      head, of: line.progress, at: line.keys, ticket: ticket, now: loop.now, telling: redis)
  }

  /// What a script about the line's event must be told.
  func knowledge(of line: Line) -> Knowledge {
    var known = store.knowledge(of: line.progress, slot: line.keys.waiting.slot, at: loop.now)
    if let snapshot = line.pace?.snapshot {
      known.inside = snapshot.inside + snapshot.called
      known.epoch = snapshot.epoch
    }
    return known
  }

  /// Notes that `user` is present, to be written down within two seconds.
  func note(_ user: UserID, in line: Line) {
    line.saw(user)
    scheduleTick()
  }

  /// Notes that the bearer of a ticket whose stamp is younger than `ticket-ttl` is present.
  ///
  /// Presence prolongs the life of an older one, so it must not be noted before a script has said that
  /// the ticket still lives; then ``noteIfOld(_:in:)`` does so.
  func noteIfYoung(_ token: WaitingToken, in line: Line) {
    if isYoung(token, in: line) { note(token.user, in: line) }
  }

  /// Notes that the bearer of a ticket that has outlived `ticket-ttl`, but lives, is present.
  func noteIfOld(_ token: WaitingToken, in line: Line) {
    if !isYoung(token, in: line) { note(token.user, in: line) }
  }

  /// Whether the last sign of life that a token tells of is younger than `ticket-ttl`, by Redis' clock:
  /// then its ticket lives, whatever Redis knows.
  func isYoung(_ token: WaitingToken, in line: Line) -> Bool {
    let time = line.measuredRedisTime(at: loop.now) ?? clock.time(at: loop.now)
    return time - max(token.ticket.microseconds, token.stamp) <= settings.ticketTTL.microseconds
  }

  /// `token` as it is given to its bearer, who asks just now.
  func seen(_ token: WaitingToken, in line: Line) -> WaitingToken {
    token.seen(at: line.redisTime(at: loop.now), steps: settings.stampSteps)
  }

  /// Notes that a person wants to join: the registry must hear that the event is active. The script
  /// itself writes down who is new.
  func noteActivity(in line: Line) {
    line.isUnregistered = true
    scheduleTick()
  }

  func scheduleTick() {
    guard !isTicking else { return }
    isTicking = true
    loop.schedule(after: .seconds(1)) { [weak self] in self?.tick() }
  }

  /// Has written down who was seen and what became of sessions, where no request had that done within the
  /// last second.
  private func tick() {
    isTicking = false
    for line in table.watched(at: loop.now) {
      // After that long without a poll the registry would not name it either; see ``QueueMaintenance``.
      if loop.now - line.lastUse > settings.presenceTTL * 2 { line.isUnregistered = false }
      if line.needsPulse(at: loop.now) { pulse(line) }
    }
    table.forgetUnused(at: loop.now)
    if !table.watched(at: loop.now).isEmpty { scheduleTick() }
  }

  /// Notes in the registry that an event is active, again with the next pulse if that fails; see
  /// ``QueueMaintenance``.
  func register(_ line: Line) {
    line.isUnregistered = true
    line.registeredAt = loop.now
    registry.note(line.keys.event, at: clock.time(at: loop.now) / 1000) { [weak self] result in
      guard case .success = result else {
        self?.scheduleTick()
        return
      }
      line.isUnregistered = false
      line.wasRegistered = true
    }
  }

  /// Calls `body` with the line's pace once it is known and fresh: at once if it is, else after a
  /// pulse.
  func withPace(
    of line: Line, _ body: @escaping (Result<Pace, RedisError>) -> Void
  ) {
    if let pace = line.freshPace(at: loop.now) { return body(.success(pace)) }
    line.wait { result in
      body(result.flatMap { line.pace.map(Result.success) ?? .failure(.unexpectedReply("pulse")) })
    }
    pulse(line)
  }

  /// Writes down who was seen and fetches a new snapshot, unless that is under way.
  func pulse(_ line: Line) {
    guard let told = line.beginPulse() else { return }
    if line.isUnregistered || !told.seen.isEmpty && line.isRegistrationDue(at: loop.now) {
      register(line)
    }
    var rest = Array(told.seen)[...]
    // More people than one call takes are written down by calls of their own, before the last one.
    while rest.count > PulseScript.peopleLimit {
      sendPulse(of: line, seen: rest.prefix(PulseScript.peopleLimit), ended: nil) { _ in }
      rest = rest.dropFirst(PulseScript.peopleLimit)
    }
    sendPulse(of: line, seen: rest, ended: line.ends.highest, news: told.news) {
      [weak self] result in
      guard let self else { return }
      guard case .success(let reply) = result else {
        return line.endPulse(result.map(\.snapshot), at: loop.now)
      }
      clock.measured(reply.snapshot.time, at: loop.now)
      line.endPulse(.success(reply.snapshot), ended: reply.ended, at: loop.now)
      awaitOpening(of: line)
      // One script makes so many calls at most, and tells of so many ends.
      if reply.snapshot.hasMoreCalls || reply.ended.count == PulseScript.endedLimit
        || line.hasNewsWaiters || line.ends.hasMuchNews
      {
        pulse(line)
      }
    }
  }

  /// Has the first people called as soon as the event opens, though no one polls at that moment.
  private func awaitOpening(of line: Line) {
    guard let wait = line.timeToOpening(at: loop.now), !line.isAwaitingOpening,
      loop.now - line.lastUse < settings.presenceTTL * 2
    else { return }
    line.isAwaitingOpening = true
    // An operator may change the time, and clocks drift.
    loop.schedule(after: min(wait, .seconds(1))) { [weak self] in
      line.isAwaitingOpening = false
      guard let self else { return }
      if line.timeToOpening(at: loop.now) == nil { pulse(line) } else { awaitOpening(of: line) }
    }
  }

  private func sendPulse(
    of line: Line, seen users: ArraySlice<UserID>, ended: Int64?, news: [SessionNews] = [],
    _ completion: @escaping (Result<PulseScript.Reply, RedisError>) -> Void
  ) {
    let arguments = PulseScript.arguments(
      eventArguments, knowledge(of: line), seen: users, ended: ended ?? PulseScript.noEnded,
      news: news)
    let sent = loop.now
    redis.call(scripts.pulse, keys: line.keys.scriptKeys, arguments: arguments) {
      [self] (result: Result<PulseScript.Reply, RedisError>) in
      completion(
        result.map { reply in
          line.progress.measured(clock: reply.clock, sent: sent, received: loop.now)
          learn(reply.head, of: line)
          return reply
        })
    }
  }

  /// Calls a script about the ticket of `token`, and learns what it says of the event.
  func call<Outcome: ScriptContent>(
    _ script: Script, about token: WaitingToken, in line: Line,
    _ completion: @escaping (Result<Outcome, RedisError>) -> Void
  ) {
    let arguments = TicketScript.arguments(
      eventArguments, knowledge(of: line), tokens: CollectionOfOne(token))
    redis.call(script, keys: line.keys.scriptKeys, arguments: arguments) {
      [self] (result: Result<HeadedReply<Outcome>, RedisError>) in
      completion(
        result.map { reply in
          learn(reply.head, of: line, ticket: token.ticket)
          return reply.content
        })
    }
  }

  /// What a person is told whose ticket waits no longer.
  func gone(_ ticket: GoneTicket, in line: Line) -> Gone {
    switch ticket.end {
    case .admitted:
      let left = ticket.insideUntil.map { $0 - line.redisTime(at: loop.now) / 1000 }
      return .alreadyAdmitted(insideSeconds: left.flatMap { $0 > 0 ? Int($0 / 1000) : nil })
    case .left: return .alreadyLeft
    case .removed: return .removed
    case .expired: return .expired
    }
  }

  /// Seconds for which a person may enter whose call lasts so many ms yet: a second less, so that a
  /// request that is sent in time arrives in time. Nil for one who is not called.
  func enterWithin(callLeft: Int64) -> Int? {
    callLeft > 0 ? max(0, Int(callLeft / 1000) - 1) : nil
  }

  /// When a person is to poll next who is told that at `position`; one who is called as soon as near the
  /// door, but not in a pause, in which no one may enter. Who comes near it when the event opens, polls
  /// then.
  func pollAfter(
    _ eta: ETA, at position: Int, _ prospect: Prospect, _ pace: Pace, time: Int64
  ) -> Int {
    let isNear = pace.isNearDoor(position: position, at: time)
    var wait = eta
    if eta != .called, pace.isNearOpening(position: position),
      let opening = pace.snapshot.secondsToOpening(at: time)
    {
      let seconds = Int(opening.rounded(.up))
      wait = ETA(seconds: seconds, low: seconds, high: seconds)
    }
    return PollHint.seconds(
      eta: pace.snapshot.isPaused ? ETA(unknown: .paused) : wait,
      isShut: eta != .called && prospect.starts > 0,
      silenceAllowed: isNear ? settings.presenceHeadTTL : settings.presenceTTL,
      using: &generator)
  }
}

@available(*, unavailable, message: "a WaitingRoom belongs to its front's thread")
extension WaitingRoom: Sendable {}
