@testable import Queue

/// What people and sidecars do, by the rules. `known` is the `created` that the caller saw last.
extension LineModel {
  mutating func join(
    _ users: [String], limit: Int, at now: Int64, knowing known: Int64
  ) -> [JoinScript.Answer] {
    var call = begin(at: now, knowing: known)
    var mustSave = noticeLoss(nil, &call)
    for user in Set(users) {
      guard let ticket = line[user], isExpired(user, ticket, at: now) else { continue }
      remove(user)
      mustSave = true
    }
    var answers: [JoinScript.Answer] = []
    for user in users {
      if let ticket = line[user] {
        answers.append(.waiting(ticket: ticket, position: 0))
      } else if state == "closed" {
        answers.append(.closed)
      } else if limit > 0, line.count >= limit {
        answers.append(.full)
      } else {
        let ticket = call.tick()
        line[user] = ticket
        seen[user] = now / 1000
        let eta = Int((1.0 + Double(line.count - 1) * 0.1).rounded(.up))
        promises[ticket] = eta
        answers.append(.joined(ticket: ticket, position: line.count, eta: eta))
        mustSave = true
      }
    }
    if mustSave { save(call) }
    return zip(users, answers).map { user, answer in
      guard case .waiting(let ticket, _) = answer else { return answer }
      return .waiting(ticket: ticket, position: position(of: user))
    }
  }

  mutating func resume(
    _ user: String, _ ticket: Int64, at now: Int64, knowing known: Int64
  ) -> ResumeScript.Outcome {
    var call = begin(at: now, knowing: known)
    if let end = gone(user, ticket, &call) { return .gone(end) }
    let isBack = comeBack(user, ticket, &call)
    return .inLine(
      position: position(of: user), length: line.count, rebuildUntil: call.rebuildUntil,
      hasResumed: isBack)
  }

  /// Puts a live ticket at its place; true if it was not there.
  private mutating func comeBack(_ user: String, _ ticket: Int64, _ call: inout Call) -> Bool {
    let isLoss = noticeLoss(ticket, &call)
    let isBack = takePlace(user, ticket, call)
    if isBack { _ = call.tick() }
    if isBack || isLoss { save(call) }
    return isBack
  }

  mutating func enter(
    _ user: String, _ ticket: Int64, at now: Int64, knowing known: Int64
  ) -> EnterScript.Outcome {
    var call = begin(at: now, knowing: known)
    if let end = gone(user, ticket, &call) {
      let began = grants[user] ?? admitted[user] ?? 0
      let isGranted = end == .admitted && now < began + settings.grantTTL.microseconds
      return isGranted ? .admittedBefore(at: began) : .gone(end)
    }
    var attempt = self
    var attempted = call
    _ = attempt.noticeLoss(ticket, &attempted)
    _ = attempt.takePlace(user, ticket, attempted)
    let (position, length) = (attempt.position(of: user), attempt.line.count)
    let usable = attempt.usable(attempted)
    if state == "paused" || now < attempted.rebuildUntil || Double(position) > usable.rounded(.down)
    {
      _ = comeBack(user, ticket, &call)
      return .notReady(
        .init(
          position: position, length: length, tokens: usable, rebuildUntil: call.rebuildUntil,
          state: state))
    }
    self = attempt
    let standing = line[user]!
    let at = attempted.tick()
    attempted.tokens -= 1
    remove(user)
    (admitted[user], grants[user]) = (at, now)
    if isBound { served[user] = nil }
    save(attempted)
    return .admitted(
      at: now, waited: max(0, now - standing), promise: promises[standing],
      tokens: min(attempted.tokens, usable - 1))
  }

  mutating func leave(
    _ user: String, _ ticket: Int64, at now: Int64, knowing known: Int64
  ) -> LeaveScript.Outcome {
    var call = begin(at: now, knowing: known)
    if let end = gone(user, ticket, &call) { return end == .left ? .leftBefore : .gone(end) }
    _ = noticeLoss(ticket, &call)
    left[user] = call.tick()
    remove(user)
    save(call)
    return .left
  }

  /// Length, `created`, end of the rebuild, and tokens, as the snapshot has them.
  mutating func pulse(
    _ users: [String], at now: Int64, knowing known: Int64
  ) -> (length: Int, created: Int64, rebuildUntil: Int64, tokens: Double) {
    var call = begin(at: now, knowing: known)
    for user in users where seen[user] != nil { seen[user] = now / 1000 }
    if saved != nil || call.isTorn, noticeLoss(nil, &call) { save(call) }
    return (line.count, created, call.rebuildUntil, usable(call))
  }

  /// - Parameters:
  ///   - watching: For how long the caller has reached the event, µs.
  ///   - expected: What the caller takes the time to be, µs; 0 if it does not know.
  mutating func park(at now: Int64, watching: Int64, expecting expected: Int64) -> ParkScript.Reply
  {
    let parkedAt = saved?.parkedAt ?? 0
    if now >= parkedAt, now - parkedAt < 1_000_000 { return .notYet }
    var call = begin(at: now, knowing: 0)
    if saved == nil, !call.isTorn { return .parked(0, forgotten: 0) }
    let isStep = expected > 0 && abs(now - expected) > 2_000_000
    let isOthers = now >= parkedAt && now - parkedAt <= 5_000_000
    var watched = isStep ? now : now - watching
    if !isStep, isOthers { watched = min(watched, saved?.watchedSince ?? now) }
    let lastLoss = call.rebuildUntil - settings.rebuildWindow.microseconds
    if !isStep { watched = max(watched, lastLoss) }
    let (absent, headAbsent, unseen) = silent(since: watched, call)
    let forgotten = forget(before: now - settings.ticketTTL.microseconds)
    _ = noticeLoss(nil, &call)
    let people = Set(absent + headAbsent)
    let parked = people.count { line[$0] != nil }
    for user in people { remove(user) }
    for (user, at) in seen where at > now / 1000 + 1000 { seen[user] = now / 1000 }
    for (user, at) in grants where at > now + 1_000_000 { grants[user] = now }
    for (user, at) in served where at > now + 1_000_000 { served[user] = now }
    for user in unseen { seen[user] = now / 1000 }
    if parked > 0 { _ = call.tick() }
    save(call)
    saved?.parkedAt = now
    saved?.watchedSince = watched
    return .parked(parked, forgotten: forgotten, hasMore: !headAbsent.isEmpty)
  }

  /// Who was silent too long, who was so at the head, and who has no presence there.
  private func silent(
    since watched: Int64, _ call: Call
  ) -> (absent: [String], headAbsent: [String], unseen: [String]) {
    let now = call.now
    func silent(for ttl: Duration) -> [String] {
      guard now - watched > ttl.microseconds else { return [] }
      return seen.filter { now / 1000 - $0.value > ttl.milliseconds }.map(\.key)
    }
    let absent = silent(for: settings.presenceTTL)
    guard state != "paused", now >= call.rebuildUntil,
      now - watched > settings.presenceHeadTTL.microseconds
    else { return (absent, [], []) }
    let head = order.prefix(Int(usable(call)))
    let early = silent(for: settings.presenceHeadTTL).filter {
      head.contains($0) && !absent.contains($0)
    }
    return (absent, early, head.filter { seen[$0] == nil })
  }

  /// Forgets what became of those whose tickets have ended anyway.
  private mutating func forget(before oldest: Int64) -> Int {
    let users = Set(admitted.keys).union(left.keys).filter {
      max(admitted[$0] ?? 0, left[$0] ?? 0) < oldest
    }
    for user in users { (admitted[user], left[user], grants[user]) = (nil, nil, nil) }
    return users.count
  }
}
