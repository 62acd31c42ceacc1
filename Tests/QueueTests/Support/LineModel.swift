@testable import Queue

/// The rules of a line, written down a second time and as plainly as possible: order by ticket, one
/// place a person, a token for each admission and for everyone ahead.
///
/// Times are µs. What the scripts answer must be what this says.
struct LineModel {
  var settings: QueueSettings
  /// What an operator set.
  var ownRate: Double?
  var ownBurst: Double?
  var state = "open"

  private(set) var line: [String: Int64] = [:]
  private(set) var seen: [String: Int64] = [:]
  private var marks: [String: (at: Int64, reason: TicketEnd)] = [:]
  private var promises: [Int64: Int] = [:]
  private var created: Int64?
  private var rebuildUntil: Int64 = 0
  private var last: Int64 = 0
  private var bucket: (tokens: Double, at: Int64)?

  init(_ settings: QueueSettings) {
    self.settings = settings
  }

  /// Who waits, in order.
  var order: [String] { line.sorted { $0.value < $1.value }.map(\.key) }

  private func position(of user: String) -> Int {
    1 + line.values.count { $0 < line[user]! }
  }

  // MARK: The bucket and the clock

  private var burst: Double { ownBurst ?? Double(settings.admissionBurst) }

  func tokens(at now: Int64) -> Double {
    guard let bucket else { return burst }
    let seconds = Double(max(0, now - bucket.at)) / 1e6
    return min(burst, bucket.tokens + seconds * (ownRate ?? settings.admissionRate))
  }

  private mutating func save(_ tokens: Double, at now: Int64) {
    bucket = (tokens, now)
    created = created ?? now
  }

  private mutating func tick(_ now: Int64) -> Int64 {
    last = max(last + 1, now)
    return last
  }

  // MARK: The operations

  mutating func join(_ users: [String], limit: Int, at now: Int64) -> [JoinScript.Answer] {
    let before = line.count
    let tokens = tokens(at: now)
    var answers: [JoinScript.Answer] = []
    for user in users {
      if let ticket = line[user] {
        answers.append(.waiting(ticket: ticket, position: position(of: user)))
      } else if state == "closed" {
        answers.append(.closed)
      } else if limit > 0, line.count >= limit {
        answers.append(.full)
      } else {
        let ticket = tick(now)
        line[user] = ticket
        seen[user] = now
        let eta = Int((1.0 + Double(line.count - 1) * 0.1).rounded(.up))
        promises[ticket] = eta
        answers.append(.joined(ticket: ticket, position: line.count, eta: eta))
      }
    }
    if line.count > before { save(tokens, at: now) }
    return answers
  }

  mutating func resume(_ user: String, _ ticket: Int64, at now: Int64) -> ResumeScript.Outcome {
    var tokens = tokens(at: now)
    if let reason = whyGone(user, ticket, at: now) {
      if reason == .expired, let present = line[user], present <= ticket {
        remove(user)
        save(tokens, at: now)
      }
      return .gone(reason)
    }
    let isLoss = noticeLoss(ticket, &tokens, at: now)
    let isBack = takePlace(user, ticket, at: now)
    if isBack { _ = tick(now) }
    if isBack || isLoss { save(tokens, at: now) }
    return .inLine(
      position: position(of: user), length: line.count, rebuildUntil: rebuildUntil,
      hasResumed: isBack)
  }

  mutating func enter(_ user: String, _ ticket: Int64, at now: Int64) -> EnterScript.Outcome {
    var tokens = tokens(at: now)
    if let reason = whyGone(user, ticket, at: now) {
      if reason == .admitted, let at = marks[user]?.at, now < at + settings.grantTTL.microseconds {
        return .admittedBefore(at: at)
      }
      return .gone(reason)
    }
    let isLoss = noticeLoss(ticket, &tokens, at: now)
    let isBack = takePlace(user, ticket, at: now)
    let position = position(of: user)
    if state == "paused" || now < rebuildUntil || Double(position) > tokens.rounded(.down) {
      if isBack { _ = tick(now) }
      if isBack || isLoss { save(tokens, at: now) }
      return .notReady(
        .init(
          position: position, length: line.count, tokens: tokens, rebuildUntil: rebuildUntil,
          state: state))
    }
    let standing = line[user]!
    let at = tick(now)
    remove(user)
    marks[user] = (at, .admitted)
    save(tokens - 1, at: now)
    return .admitted(
      at: at, waited: max(0, now - standing), promise: promises[standing],
      tokens: tokens - 1)
  }

  mutating func leave(_ user: String, _ ticket: Int64, at now: Int64) -> LeaveScript.Outcome {
    var tokens = tokens(at: now)
    if let reason = whyGone(user, ticket, at: now) {
      return reason == .left ? .leftBefore : .gone(reason)
    }
    _ = noticeLoss(ticket, &tokens, at: now)
    remove(user)
    marks[user] = (tick(now), .left)
    save(tokens, at: now)
    return .left
  }

  mutating func saw(_ users: [String], at now: Int64) {
    for user in users where line[user] != nil { seen[user] = now }
  }

  /// These were parked: which of them should not have been.
  mutating func parked(_ users: [String], at now: Int64) -> [String] {
    let head = settings.presenceHeadTTL.microseconds
    let wrong = users.filter { user in seen[user].map { now - $0 <= head } ?? true }
    if !users.isEmpty { _ = tick(now) }
    let tokens = tokens(at: now)
    for user in users { remove(user) }
    if created != nil { save(tokens, at: now) }
    return wrong
  }

  /// Redis was emptied.
  mutating func lose() {
    self = LineModel(settings)
  }

  // MARK: The rules

  private func whyGone(_ user: String, _ ticket: Int64, at now: Int64) -> TicketEnd? {
    if let mark = marks[user], ticket <= mark.at { return mark.reason }
    return ticket + settings.ticketTTL.microseconds < now ? .expired : nil
  }

  private mutating func noticeLoss(_ ticket: Int64, _ tokens: inout Double, at now: Int64) -> Bool {
    last = max(last, ticket)
    let created = created ?? now
    let until = created + settings.rebuildWindow.microseconds
    guard ticket < created, rebuildUntil < until else { return false }
    rebuildUntil = until
    if now < until { tokens = 0 }
    return true
  }

  private mutating func takePlace(_ user: String, _ ticket: Int64, at now: Int64) -> Bool {
    if let present = line[user], present <= ticket { return false }
    line[user] = ticket
    seen[user] = now
    return true
  }

  private mutating func remove(_ user: String) {
    line[user] = nil
    seen[user] = nil
  }
}
