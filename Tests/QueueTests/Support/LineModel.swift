@testable import Queue

/// The rules of a line, written down a second time and as plainly as possible: order by ticket, one
/// place a person, a token for each call.
///
/// Times are µs, but for presence, which is in ms. What the scripts answer must be what this says.
struct LineModel {
  /// What the event's state remembers from one call to the next.
  struct Saved {
    var created: Int64
    var last: Int64
    var length: Int
    /// The `created` for which a loss was noticed.
    var noticed: Int64
    var epoch: Int64
    var rebuild: Rebuild
    var tokens: Double
    var refilled: Int64
    var pausedAt: Int64?
    var pausedFor: Int64
    var resumedAt: Int64 = 0
    var parkedAt: Int64 = 0
    var watchedSince: Int64?
    /// Up to which tickets an operator removed everyone, and until when any person is kept out.
    var resetAt: Int64 = 0
    var blockedUntil: Int64 = 0
  }

  /// The time after a loss in which no one is admitted.
  struct Rebuild: Equatable {
    /// 0 once it is over.
    var from: Int64 = 0
    var until: Int64 = 0
    /// How many came back in the last tenth of a window before `until`.
    var returned = 0
  }

  /// What is so while one script runs.
  struct Call {
    let now: Int64
    let known: Knowledge
    var isTorn: Bool
    var isNew: Bool
    var created: Int64
    var last: Int64
    var rebuild: Rebuild
    var noticed: Int64
    var epoch: Int64
    var tokens: Double
    /// The pause that goes on, and what pauses have taken since anyone was called.
    var pausedAt: Int64?
    var pausedFor: Int64 = 0
    /// When the last pause ended.
    var resumedAt: Int64 = 0
    /// Since when people could be seen, if that is known.
    var watchedSince: Int64?
    /// Whether what the state remembers has changed, beside what the script is about.
    var isChanged = false
    /// Those whose calls have ended, which the trail is yet to be told.
    var lapsed = 0
    /// What it has added to the trail.
    var ticks: [Int64] = []
    /// As in ``Saved``.
    var resetAt: Int64 = 0
    var blockedUntil: Int64 = 0
  }

  var settings: QueueSettings
  /// What operators set: what Redis keeps, and what somebody wrote into the state by hand.
  var stored = StoredSettings()
  var byHand = EventSettings()
  /// How many seats are left; nil where the event sells none.
  var seats: Int?

  var line: [String: Int64] = [:]
  var seen: [String: Int64] = [:]
  var saved: Saved?
  /// The loss that the last call noticed.
  var loss: Loss?
  /// The last tick, as the last call's reply tells it: nil if the call looked for no loss.
  var told: Int64?
  /// When people were last admitted, and when they last left: two facts.
  var admitted: [String: Int64] = [:]
  var left: [String: Int64] = [:]
  /// When an operator removed people, or until when one keeps them out.
  var removals: [String: Int64] = [:]
  /// How many ever joined.
  var joined = 0
  /// When the latest grant of each began, and of those who have got something, that by which they did.
  var grants: [String: Int64] = [:]
  var served: [String: Int64] = [:]
  /// The ids of the trail's entries, as ticks, in order.
  var trail: [Int64] = []
  /// The places of parked people, and until when their tickets live.
  var parked: [String: (ticket: Int64, end: Int64)] = [:]
  /// Who is called, who let calls end, who is inside.
  var calls = Calls()
  /// Whose grants became sessions, and which have ended.
  var sessions = Sessions()

  init(_ settings: QueueSettings) {
    self.settings = settings
  }

  /// Who waits, in order. Of two who got the same ticket, one before a loss and one after it, the name
  /// decides.
  var order: [String] { line.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key) }

  func position(of user: String) -> Int {
    1 + order.firstIndex(of: user)!
  }

  // MARK: A call

  private var window: Int64 { settings.rebuildWindow.microseconds }

  /// A clock that is more than two seconds away from what the caller expects is not believed.
  func time(_ clock: Int64, _ known: Knowledge) -> Int64 {
    known.time > 0 && abs(clock - known.time) > 2_000_000 ? known.time : clock
  }

  mutating func begin(at clock: Int64, knowing known: Knowledge) -> Call {
    (loss, told) = (nil, nil)
    let now = time(clock, known)
    let elapsed = Double(max(0, now - (saved?.refilled ?? now)))
    let refill = elapsed * rate / 1_000_000
    let created = saved?.created ?? now
    var call = Call(
      now: now, known: known,
      isTorn: saved == nil ? !line.isEmpty : line.isEmpty && saved!.length > 0,
      isNew: saved == nil, created: created, last: saved?.last ?? line.values.max() ?? 0,
      rebuild: rebuild(at: now), noticed: saved?.noticed ?? 0, epoch: saved?.epoch ?? created,
      tokens: min((saved?.tokens ?? burst) + refill, bucketLimit))
    if isPaused { call.tokens = 0 }
    (call.resetAt, call.blockedUntil) = (saved?.resetAt ?? 0, saved?.blockedUntil ?? 0)
    beginCalls(&call)
    return call
  }

  /// A window goes on by a tenth while 1 % of the line came back in the last one, up to ten windows.
  private func rebuild(at now: Int64) -> Rebuild {
    guard var rebuild = saved?.rebuild else { return Rebuild() }
    rebuild.until = min(rebuild.until, now + window)
    rebuild.from = min(rebuild.from, now)
    guard rebuild.from > 0, now >= rebuild.until else { return rebuild }
    let goesOn =
      rebuild.returned > 0 && rebuild.returned * 100 >= line.count
      && rebuild.until < rebuild.from + 10 * window
    if goesOn { rebuild.until += window / 10 } else { rebuild.from = 0 }
    if goesOn { rebuild.returned = 0 }
    return rebuild
  }

  mutating func save(_ unnoted: Call) {
    var call = unnoted
    if loss != nil { _ = call.tick() }
    // One that is not later than the last entry becomes the next.
    for tick in call.ticks { trail.append(max(tick, (trail.last ?? 0) + 1)) }
    saved = Saved(
      created: call.created, last: call.last, length: line.count, noticed: call.noticed,
      epoch: call.epoch, rebuild: call.rebuild, tokens: isPaused ? 0 : call.tokens,
      refilled: call.now,
      pausedAt: call.pausedAt, pausedFor: call.pausedFor, resumedAt: call.resumedAt,
      parkedAt: saved?.parkedAt ?? 0, watchedSince: saved?.watchedSince, resetAt: call.resetAt,
      blockedUntil: call.blockedUntil)
    told = call.last
  }

  // MARK: The rules

  /// What shows that people were lost, and since when that is so.
  private func evidence(_ ticket: Int64?, _ call: Call) -> Loss? {
    let (now, known) = (call.now, call.known)
    let storeLost = known.storeLost
    if storeLost > 0, storeLost < now + 2_000_000, now < storeLost + window,
      call.isNew || call.created < storeLost
    {
      return Loss(kind: .epoch, since: storeLost)
    }
    if known.tick > call.last || ticket ?? 0 > call.last { return Loss(kind: .ticks, since: now) }
    if isMissing(known.tick, call) { return Loss(kind: .ticks, since: now) }
    if call.isTorn { return Loss(kind: .index, since: now) }
    let isYounger = known.tick > 0 && known.tick < call.created || ticket ?? .max < call.created
    let isKnown =
      call.noticed == call.created || saved?.rebuild.until ?? 0 >= call.created + window
    return isYounger && !isKnown ? Loss(kind: .ticks, since: call.created) : nil
  }

  /// Whether a known tick has no entry, though it came before the last and after the trail's first.
  private func isMissing(_ tick: Int64, _ call: Call) -> Bool {
    guard tick > 0, tick < call.last, tick > call.now - settings.ticketTTL.microseconds,
      let first = trail.first, let top = trail.last
    else { return false }
    return first < tick && top <= call.last && !trail.contains(tick)
  }

  /// True if a loss was noticed that was not known.
  mutating func noticeLoss(_ ticket: Int64?, _ call: inout Call) -> Bool {
    let found = evidence(ticket, call)
    told = saved?.last ?? 0
    call.last = max(call.last, call.known.tick, ticket ?? 0)
    guard let found else { return false }
    loss = found
    if found.since != call.created { call.created = max(call.now, found.since) }
    call.noticed = call.created
    (call.isTorn, call.isNew) = (false, false)
    call.epoch = max(call.now, call.last + 1)
    call.rebuild = Rebuild(from: found.since, until: min(found.since, call.now) + window)
    calls.void()
    sessions.back = 0
    call.isChanged = true
    if call.now < call.rebuild.until { call.tokens = 0 }
    return true
  }

  /// Counts those who come back late in the window.
  func countReturns(_ people: Int, _ call: inout Call) {
    let (now, until) = (call.now, call.rebuild.until)
    if now < until, now >= until - window / 10 { call.rebuild.returned += people }
  }

  /// A ticket lives for ticket-ttl after the last sign of life: the stamp, which is a part of what the
  /// person shows, or being seen in line.
  func isExpired(_ user: String, _ ticket: Int64, _ stamp: Int64, at now: Int64) -> Bool {
    let ttl = settings.ticketTTL.microseconds
    guard now - ticket > ttl, now - stamp > ttl else { return false }
    guard let present = line[user] else {
      guard let place = parked[user], place.ticket <= ticket else { return true }
      return now > place.end
    }
    guard present <= ticket else { return true }
    return seen[user].map { now - $0 * 1000 > ttl } ?? false
  }

  /// Why a ticket waits no longer.
  func end(of user: String, _ ticket: Int64, _ stamp: Int64, at now: Int64) -> TicketEnd? {
    let ended = max(admitted[user] ?? 0, left[user] ?? 0)
    if ticket <= ended {
      if removals[user] ?? 0 >= ended { return .removed }
      return ticket <= admitted[user] ?? 0 ? .admitted : .left
    }
    if ticket <= saved?.resetAt ?? 0 { return .removed }
    return isExpired(user, ticket, stamp, at: now) ? .expired : nil
  }

  /// The same; one that waits no longer has no place either.
  mutating func gone(
    _ user: String, _ ticket: Int64, _ stamp: Int64, _ call: inout Call
  ) -> TicketEnd? {
    guard let end = end(of: user, ticket, stamp, at: call.now) else { return nil }
    if let present = line[user], present <= ticket {
      _ = noticeLoss(nil, &call)
      remove([user], &call)
      calls.times[user] = nil
      save(call)
    }
    return end
  }

  /// The tokens with which people may be called: no more than there are places inside, and than can get
  /// something, if so wanted.
  func usable(_ call: Call) -> Double {
    if call.known.storeLost == Knowledge.unknownStore { return 0 }
    if call.known.isStranger, call.created < call.now - 2_000_000 { return 0 }
    var usable = call.tokens
    let people = countInside(call) + calls.ready.count
    if activeLimit > 0 { usable = min(usable, Double(activeLimit - people)) }
    if isBound { usable = min(usable, room(for: people, call)) }
    return max(0, usable)
  }

  func room(for people: Int, _ call: Call) -> Double {
    guard let seats else { return 0 }
    let since = call.now - settings.grantTTL.microseconds
    // Version 0.1 knows of marks only.
    let marks = admitted.filter { user, at in
      at > left[user] ?? 0 && at > since && at <= call.now + 1_000_000
    }
    let taking = max(people, marks.count + calls.ready.count)
    // Who went out since the last round of parking may still be counted: rather too few.
    let alive = calls.inside.values.count { $0 > call.now / 1000 }
    let known = served.values.count { $0 > call.now - settings.ticketTTL.microseconds }
    let got = max(0, min(known, alive) - (calls.inside.count - alive))
    let each = settings.seatsPerPerson
    // Who has got something has at least one.
    let reserved = max(0, taking - got) * each + got * (each - 1)
    return max(0, (Double(seats - reserved) / Double(each)).rounded(.up))
  }

  mutating func takePlace(_ user: String, _ ticket: Int64, _ call: Call) -> Bool {
    if let present = line[user], present <= ticket { return false }
    line[user] = ticket
    seen[user] = call.now / 1000
    parked[user] = nil
    noteReturn(user, ticket, call)
    return true
  }

  /// Takes people out of line; what their calls held is free again.
  mutating func remove(_ users: [String], _ call: inout Call) {
    let freed = users.count { calls.ready[$0] != nil && !calls.byOperator.contains($0) }
    for user in users {
      line[user] = nil
      seen[user] = nil
      calls.withdraw(user)
    }
    free(freed, &call)
  }

  // MARK: Losses

  enum LostPart: CaseIterable {
    case everything, state, index, presence, settings, places, ready, ahead, noShows, times, inside
    case ended
  }

  mutating func lose(_ loss: LostPart) {
    switch loss {
    case .everything: self = LineModel(settings)
    case .state:
      saved = nil
      calls.loseState()
      sessions.back = 0
      joined = 0
      byHand = EventSettings()
    case .index: line = [:]
    case .presence: seen = [:]
    case .settings: stored = StoredSettings()
    case .places: parked = [:]
    case .ended: sessions.ended = [:]
    case .ready, .ahead, .noShows, .times, .inside: loseCalls(loss)
    }
  }
}

extension LineModel.Call {
  mutating func tick() -> Int64 {
    last = max(last + 1, now)
    ticks.append(last)
    return last
  }
}
