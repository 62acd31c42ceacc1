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
    var rebuildUntil: Int64
    /// The `created` for which a loss was noticed.
    var noticed: Int64
    var tokens: Double
    var refilled: Int64
    var parkedAt: Int64 = 0
    var watchedSince: Int64?
  }

  /// What is so while one script runs.
  struct Call {
    let now: Int64
    let known: Int64
    let isTorn: Bool
    let created: Int64
    var last: Int64
    var rebuildUntil: Int64
    var noticed: Int64
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

  /// `created` as replies tell it.
  var created: Int64 { saved?.created ?? 0 }

  func position(of user: String) -> Int {
    1 + order.firstIndex(of: user)!
  }

  // MARK: A call

  private var burst: Double { ownBurst ?? Double(settings.admissionBurst) }

  func begin(at now: Int64, knowing known: Int64) -> Call {
    let isTorn = saved == nil ? !line.isEmpty : line.isEmpty && saved!.length > 0
    let elapsed = Double(max(0, now - (saved?.refilled ?? now)))
    let refill = elapsed * (ownRate ?? settings.admissionRate) / 1_000_000
    return Call(
      now: now, known: known, isTorn: isTorn,
      created: isTorn ? now : saved?.created ?? now,
      last: saved?.last ?? line.values.max() ?? 0,
      rebuildUntil: min(saved?.rebuildUntil ?? 0, now + settings.rebuildWindow.microseconds),
      noticed: saved?.noticed ?? 0,
      tokens: min(burst, (saved?.tokens ?? burst) + refill))
  }

  mutating func save(_ call: Call) {
    saved = Saved(
      created: call.created, last: call.last, length: line.count, rebuildUntil: call.rebuildUntil,
      noticed: call.noticed, tokens: call.tokens, refilled: call.now,
      parkedAt: saved?.parkedAt ?? 0, watchedSince: saved?.watchedSince)
  }

  // MARK: The rules

  /// True if a loss was noticed that was not known.
  func noticeLoss(_ ticket: Int64?, _ call: inout Call) -> Bool {
    call.last = max(call.last, ticket ?? 0)
    let isLost =
      call.isTorn || call.known > 0 && call.known < call.created
      || ticket.map { $0 < call.created } ?? false
    let until = call.created + settings.rebuildWindow.microseconds
    let isKnown = call.noticed == call.created || (saved?.rebuildUntil ?? 0) >= until
    guard isLost, !isKnown else { return false }
    call.noticed = call.created
    call.rebuildUntil = min(until, call.now + settings.rebuildWindow.microseconds)
    if call.now < call.rebuildUntil { call.tokens = 0 }
    return true
  }

  /// A ticket lives for ticket-ttl after the last sign of life.
  func isExpired(_ user: String, _ ticket: Int64, at now: Int64) -> Bool {
    let ttl = settings.ticketTTL.microseconds
    guard now - ticket > ttl else { return false }
    guard let present = line[user], present <= ticket else { return true }
    return seen[user].map { now - $0 * 1000 > ttl } ?? false
  }

  /// Why a ticket waits no longer; one that does not has no place either.
  mutating func gone(_ user: String, _ ticket: Int64, _ call: inout Call) -> TicketEnd? {
    let end: TicketEnd
    if ticket <= admitted[user] ?? 0 {
      end = .admitted
    } else if ticket <= left[user] ?? 0 {
      end = .left
    } else if isExpired(user, ticket, at: call.now) {
      end = .expired
    } else {
      return nil
    }
    if let present = line[user], present <= ticket {
      _ = noticeLoss(nil, &call)
      remove(user)
      save(call)
    }
    return end
  }

  /// The tokens that admit people: no more than what is left for those who come in, if so wanted.
  func usable(_ call: Call) -> Double {
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

  enum Loss: CaseIterable { case everything, state, index, presence }

  mutating func lose(_ loss: Loss) {
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
