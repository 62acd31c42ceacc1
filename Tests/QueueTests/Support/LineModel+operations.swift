@testable import Queue

/// What people and sidecars do, by the rules, as told by a caller who knows something.
extension LineModel {
  mutating func join(
    _ users: [String], limit: Int, at now: Int64, knowing known: Knowledge
  ) -> [JoinScript.Answer] {
    var call = begin(at: now, knowing: known)
    let back = parkedAlive(users, at: call.now)
    var mustSave = noticeLoss(back.map(\.ticket).max(), &call)
    if let earliest = back.map(\.ticket).min(), noticeLoss(earliest, &call) { mustSave = true }
    for user in Set(users) {
      guard let ticket = line[user], isExpired(user, ticket, ticket, at: call.now) else { continue }
      remove(user)
      mustSave = true
    }
    var answers: [JoinScript.Answer] = []
    let usable = usable(call)
    for (user, ticket) in back { _ = takePlace(user, ticket, call) }
    for user in users {
      if let ticket = line[user] {
        answers.append(.waiting(ticket: ticket, position: 0))
      } else if user.hasPrefix("anon-"), admitted[user] != nil {
        answers.append(.admitted)
      } else if isClosed {
        answers.append(.closed)
      } else if refusesWhenSoldOut, seats == 0 {
        answers.append(.soldOut)
      } else if (ownLimit ?? limit) > 0, line.count >= ownLimit ?? limit {
        answers.append(.full)
      } else {
        let ticket = call.tick()
        line[user] = ticket
        seen[user] = call.now / 1000
        let eta = promise(at: line.count, of: usable, call)
        promises[ticket] = eta
        answers.append(.joined(ticket: ticket, position: line.count, eta: eta))
        mustSave = true
      }
    }
    for _ in back { _ = call.tick() }
    countReturns(back.count, &call)
    if mustSave || !back.isEmpty { save(call) }
    return zip(users, answers).map { user, answer in
      guard case .waiting(let ticket, _) = answer else { return answer }
      return .waiting(ticket: ticket, position: position(of: user))
    }
  }

  /// Those of these people who are parked with a ticket that lives.
  private func parkedAlive(_ users: [String], at now: Int64) -> [(user: String, ticket: Int64)] {
    Set(users).compactMap { user in
      guard line[user] == nil, let ticket = parked[user]?.ticket,
        end(of: user, ticket, ticket, at: now) == nil
      else { return nil }
      return (user, ticket)
    }
  }

  /// Seconds until a place is ready, where nobody goes away.
  private func promise(at position: Int, of usable: Double, _ call: Call) -> Int {
    let distance = Double(position) - usable.rounded(.down)
    let seconds = distance <= 0 ? 0 : rate > 0 ? distance / rate : Double(position) * 2
    let rebuild = Double(max(0, call.rebuild.until - call.now)) / 1e6
    return Int(min(30 * 24 * 3600, max(seconds, rebuild)).rounded(.up))
  }

  /// All are judged as things stand, and then put back.
  mutating func resume(
    _ people: [ShownToken], at now: Int64, knowing known: Knowledge
  ) -> [Resumption] {
    var call = begin(at: now, knowing: known)
    let ends = people.map { end(of: $0.user, $0.ticket, $0.stamp, at: call.now) }
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
    _ user: String, _ ticket: Int64, stamp: Int64, at now: Int64, knowing known: Knowledge
  ) -> EnterScript.Outcome {
    var call = begin(at: now, knowing: known)
    if let end = gone(user, ticket, stamp, &call) {
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
    _ user: String, _ ticket: Int64, stamp: Int64, at now: Int64, knowing known: Knowledge
  ) -> LeaveScript.Outcome {
    var call = begin(at: now, knowing: known)
    if let end = gone(user, ticket, stamp, &call) { return end == .left ? .leftBefore : .gone(end) }
    _ = noticeLoss(ticket, &call)
    left[user] = call.tick()
    remove(user)
    parked[user] = nil
    save(call)
    return .left
  }

  /// Length, end of the rebuild, tokens, the door, and whether an operator named the event, as the
  /// snapshot has them.
  mutating func pulse(
    _ users: [String], at now: Int64, knowing known: Knowledge
  ) -> (length: Int, rebuildUntil: Int64, tokens: Double, state: String, isNamed: Bool) {
    var call = begin(at: now, knowing: known)
    for user in users where seen[user] != nil { seen[user] = call.now / 1000 }
    // Of an event that no one joined, nothing is written down.
    let isUnknown = saved == nil && !call.isTorn && known.tick == 0
    if noticeLoss(nil, &call), !isUnknown { save(call) }
    return (line.count, call.rebuild.until, usable(call), state, isNamed)
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
    for (user, place) in parked where place.end < now { parked[user] = nil }
    let standing = people.filter { line[$0] != nil }
    for user in standing {
      let end = min(seen[user]! * 1000, now) + settings.ticketTTL.microseconds
      parked[user] = (line[user]!, end)
    }
    for user in people { remove(user) }
    for (user, at) in seen where at > now / 1000 + 1000 { seen[user] = now / 1000 }
    for (user, at) in grants where at > now + 1_000_000 { grants[user] = now }
    for (user, at) in served where at > now + 1_000_000 { served[user] = now }
    for user in unseen { seen[user] = now / 1000 }
    for _ in standing { _ = call.tick() }
    save(call)
    saved?.parkedAt = now
    saved?.watchedSince = watched
    return .parked(standing.count, forgotten: forgotten, hasMore: !headAbsent.isEmpty)
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
