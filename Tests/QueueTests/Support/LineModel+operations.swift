@testable import Queue

/// What people and sidecars do, by the rules, as told by a caller who knows something.
extension LineModel {
  mutating func join(
    _ users: [String], limit: Int, at now: Int64, knowing known: Knowledge
  ) -> [JoinScript.Answer] {
    var call = begin(at: now, knowing: known)
    var mustSave = noticeLoss(nil, &call)
    for user in Set(users) {
      guard let ticket = line[user], isExpired(user, ticket, at: call.now) else { continue }
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
        seen[user] = call.now / 1000
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

  /// All are judged as things stand, and then put back.
  mutating func resume(
    _ people: [(user: String, ticket: Int64)], at now: Int64, knowing known: Knowledge
  ) -> [Resumption] {
    var call = begin(at: now, knowing: known)
    let ends = people.map { end(of: $0.user, $0.ticket, at: call.now) }
    let alive = zip(people, ends).filter { $1 == nil }.map(\.0)
    var mustSave = noticeLoss(alive.map(\.ticket).max(), &call)
    if noticeLoss(alive.map(\.ticket).min(), &call) { mustSave = true }
    for (person, end) in zip(people, ends) where end != nil {
      guard let present = line[person.user], present <= person.ticket else { continue }
      remove(person.user)
      mustSave = true
    }
    let back = zip(people, ends).map { $1 == nil && takePlace($0.user, $0.ticket, call) }
    let count = back.count { $0 }
    for _ in 0..<count { _ = call.tick() }
    countReturns(count, &call)
    if mustSave || count > 0 { save(call) }
    return zip(zip(people, ends), back).map { told, isBack in
      if let end = told.1 { return .gone(end) }
      return .inLine(
        position: position(of: told.0.user), length: line.count, rebuildUntil: call.rebuild.until,
        hasResumed: isBack)
    }
  }

  /// Puts a live ticket at its place; true if it was not there.
  private mutating func comeBack(_ user: String, _ ticket: Int64, _ call: inout Call) -> Bool {
    let isLoss = noticeLoss(ticket, &call)
    let isBack = takePlace(user, ticket, call)
    if isBack {
      _ = call.tick()
      countReturns(1, &call)
    }
    if isBack || isLoss { save(call) }
    return isBack
  }

  mutating func enter(
    _ user: String, _ ticket: Int64, at now: Int64, knowing known: Knowledge
  ) -> EnterScript.Outcome {
    var call = begin(at: now, knowing: known)
    if let end = gone(user, ticket, &call) {
      let began = grants[user] ?? admitted[user] ?? 0
      let isGranted = end == .admitted && call.now < began + settings.grantTTL.microseconds
      return isGranted ? .admittedBefore(at: began) : .gone(end)
    }
    var attempt = self
    var attempted = call
    _ = attempt.noticeLoss(ticket, &attempted)
    _ = attempt.takePlace(user, ticket, attempted)
    let (position, length) = (attempt.position(of: user), attempt.line.count)
    let usable = attempt.usable(attempted)
    if state == "paused" || call.now < attempted.rebuild.until
      || Double(position) > usable.rounded(.down)
    {
      _ = comeBack(user, ticket, &call)
      return .notReady(
        .init(
          position: position, length: length, tokens: usable, rebuildUntil: call.rebuild.until,
          state: state))
    }
    self = attempt
    let standing = line[user]!
    let at = attempted.tick()
    attempted.tokens -= 1
    remove(user)
    (admitted[user], grants[user]) = (at, call.now)
    if isBound { served[user] = nil }
    save(attempted)
    return .admitted(
      at: call.now, waited: max(0, call.now - standing), promise: promises[standing],
      tokens: min(attempted.tokens, usable - 1))
  }

  mutating func leave(
    _ user: String, _ ticket: Int64, at now: Int64, knowing known: Knowledge
  ) -> LeaveScript.Outcome {
    var call = begin(at: now, knowing: known)
    if let end = gone(user, ticket, &call) { return end == .left ? .leftBefore : .gone(end) }
    _ = noticeLoss(ticket, &call)
    left[user] = call.tick()
    remove(user)
    save(call)
    return .left
  }

  /// Length, end of the rebuild, and tokens, as the snapshot has them.
  mutating func pulse(
    _ users: [String], at now: Int64, knowing known: Knowledge
  ) -> (length: Int, rebuildUntil: Int64, tokens: Double) {
    var call = begin(at: now, knowing: known)
    for user in users where seen[user] != nil { seen[user] = call.now / 1000 }
    // Of an event that no one joined, nothing is written down.
    let isUnknown = saved == nil && !call.isTorn && known.tick == 0
    if noticeLoss(nil, &call), !isUnknown { save(call) }
    return (line.count, call.rebuild.until, usable(call))
  }

  /// - Parameter watching: For how long the caller has reached the event, µs.
  mutating func park(
    at clock: Int64, watching: Int64, knowing known: Knowledge
  ) -> ParkScript.Outcome {
    let parkedAt = saved?.parkedAt ?? 0
    var call = begin(at: clock, knowing: known)
    let now = call.now
    if now >= parkedAt, now - parkedAt < 1_000_000 { return .notYet }
    if saved == nil, !call.isTorn { return .parked(0, forgotten: 0) }
    _ = noticeLoss(nil, &call)
    let isOthers = now >= parkedAt && now - parkedAt <= 5_000_000
    var watched = now - watching
    if isOthers { watched = min(watched, saved?.watchedSince ?? now) }
    watched = max(watched, call.rebuild.until - settings.rebuildWindow.microseconds)
    let (absent, headAbsent, unseen) = silent(since: watched, call)
    let forgotten = forget(before: now - settings.ticketTTL.microseconds)
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
    guard state != "paused", now >= call.rebuild.until,
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
