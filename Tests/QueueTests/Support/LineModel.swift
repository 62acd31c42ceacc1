@testable import Queue

/// The rules of a line, written down a second time and as plainly as possible: order by ticket, one
/// place a person, a token for each admission and for everyone ahead.
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
    var parkedAt: Int64 = 0
    var watchedSince: Int64?
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
  }

  var settings: QueueSettings
  /// What an operator set.
  var ownRate: Double?
  var ownBurst: Double?
  var state = "open"
  var isBound = false
  /// How many seats are left; nil where the event sells none.
  var seats: Int?

  var line: [String: Int64] = [:]
  var seen: [String: Int64] = [:]
  var saved: Saved?
  /// The loss that the last call noticed.
  var loss: Loss?
  /// When people were last admitted, and when they last left: two facts.
  var admitted: [String: Int64] = [:]
  var left: [String: Int64] = [:]
  /// When the latest grant of each began, and of those who have got something, that by which they did.
  var grants: [String: Int64] = [:]
  var served: [String: Int64] = [:]
  var promises: [Int64: Int] = [:]

  init(_ settings: QueueSettings) {
    self.settings = settings
  }

  /// Who waits, in order. Of two who got the same ticket, one before a loss and one after it, the name
  /// decides.
  var order: [String] { line.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key) }

  /// The last tick, as replies tell it.
  var progress: Int64 { saved?.last ?? 0 }

  func position(of user: String) -> Int {
    1 + order.firstIndex(of: user)!
  }

  // MARK: A call

  private var burst: Double { ownBurst ?? Double(settings.admissionBurst) }

  private var window: Int64 { settings.rebuildWindow.microseconds }

  /// A clock that is more than two seconds away from what the caller expects is not believed.
  func time(_ clock: Int64, _ known: Knowledge) -> Int64 {
    known.time > 0 && abs(clock - known.time) > 2_000_000 ? known.time : clock
  }

  mutating func begin(at clock: Int64, knowing known: Knowledge) -> Call {
    loss = nil
    let now = time(clock, known)
    let elapsed = Double(max(0, now - (saved?.refilled ?? now)))
    let refill = elapsed * (ownRate ?? settings.admissionRate) / 1_000_000
    let created = saved?.created ?? now
    return Call(
      now: now, known: known,
      isTorn: saved == nil ? !line.isEmpty : line.isEmpty && saved!.length > 0,
      isNew: saved == nil, created: created, last: saved?.last ?? line.values.max() ?? 0,
      rebuild: rebuild(at: now), noticed: saved?.noticed ?? 0, epoch: saved?.epoch ?? created,
      tokens: min(burst, (saved?.tokens ?? burst) + refill))
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

  mutating func save(_ call: Call) {
    saved = Saved(
      created: call.created, last: call.last, length: line.count, noticed: call.noticed,
      epoch: call.epoch, rebuild: call.rebuild, tokens: call.tokens, refilled: call.now,
      parkedAt: saved?.parkedAt ?? 0, watchedSince: saved?.watchedSince)
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
    if call.isTorn { return Loss(kind: .index, since: now) }
    let isYounger = known.tick > 0 && known.tick < call.created || ticket ?? .max < call.created
    let isKnown =
      call.noticed == call.created || saved?.rebuild.until ?? 0 >= call.created + window
    return isYounger && !isKnown ? Loss(kind: .ticks, since: call.created) : nil
  }

  /// True if a loss was noticed that was not known.
  mutating func noticeLoss(_ ticket: Int64?, _ call: inout Call) -> Bool {
    let found = evidence(ticket, call)
    call.last = max(call.last, call.known.tick, ticket ?? 0)
    guard let found else { return false }
    loss = found
    if found.since != call.created { call.created = max(call.now, found.since) }
    call.noticed = call.created
    (call.isTorn, call.isNew) = (false, false)
    call.epoch = max(call.now, call.last + 1)
    call.rebuild = Rebuild(from: found.since, until: min(found.since, call.now) + window)
    if call.now < call.rebuild.until { call.tokens = 0 }
    return true
  }

  /// Counts those who come back late in the window.
  func countReturns(_ people: Int, _ call: inout Call) {
    let (now, until) = (call.now, call.rebuild.until)
    if now < until, now >= until - window / 10 { call.rebuild.returned += people }
  }

  /// A ticket lives for ticket-ttl after the last sign of life.
  func isExpired(_ user: String, _ ticket: Int64, at now: Int64) -> Bool {
    let ttl = settings.ticketTTL.microseconds
    guard now - ticket > ttl else { return false }
    guard let present = line[user], present <= ticket else { return true }
    return seen[user].map { now - $0 * 1000 > ttl } ?? false
  }

  /// Why a ticket waits no longer.
  func end(of user: String, _ ticket: Int64, at now: Int64) -> TicketEnd? {
    if ticket <= admitted[user] ?? 0 { return .admitted }
    if ticket <= left[user] ?? 0 { return .left }
    return isExpired(user, ticket, at: now) ? .expired : nil
  }

  /// The same; one that waits no longer has no place either.
  mutating func gone(_ user: String, _ ticket: Int64, _ call: inout Call) -> TicketEnd? {
    guard let end = end(of: user, ticket, at: call.now) else { return nil }
    if let present = line[user], present <= ticket {
      _ = noticeLoss(nil, &call)
      remove(user)
      save(call)
    }
    return end
  }

  /// The tokens that admit people: no more than what is left for those who come in, if so wanted.
  func usable(_ call: Call) -> Double {
    if call.known.storeLost == Knowledge.unknownStore { return 0 }
    guard isBound, let seats else { return call.tokens }
    let since = call.now - settings.grantTTL.microseconds
    // Version 0.1 knows of marks only.
    let marks = admitted.filter { user, at in
      at > left[user] ?? 0 && at > since && at <= call.now + 1_000_000
    }
    let granted = max(marks.count, grants.values.count { $0 > since })
    let free = seats - granted + served.values.count { $0 > since }
    return max(0, min(call.tokens, Double(free)))
  }

  mutating func takePlace(_ user: String, _ ticket: Int64, _ call: Call) -> Bool {
    if let present = line[user], present <= ticket { return false }
    line[user] = ticket
    seen[user] = call.now / 1000
    return true
  }

  mutating func remove(_ user: String) {
    line[user] = nil
    seen[user] = nil
  }

  // MARK: Losses

  enum LostPart: CaseIterable { case everything, state, index, presence }

  mutating func lose(_ loss: LostPart) {
    switch loss {
    case .everything: self = LineModel(settings)
    case .state:
      saved = nil
      (ownRate, ownBurst, state, isBound) = (nil, nil, "open", false)
    case .index: line = [:]
    case .presence: seen = [:]
    }
  }
}

extension LineModel.Call {
  mutating func tick() -> Int64 {
    last = max(last + 1, now)
    return last
  }
}
