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
    learnInside(&call)
    let expired = Set(users).filter { user in
      line[user].map { isExpired(user, $0, $0, at: call.now) } ?? false
    }
    remove(Array(expired), &call)
    for user in expired { calls.times[user] = nil }
    if !expired.isEmpty { mustSave = true }
    for (user, ticket) in back { _ = takePlace(user, ticket, call) }
    var answers: [JoinScript.Answer] = []
    for user in users {
      let answer = join(user, limit: ownLimit ?? limit, &call)
      if case .joined = answer { (mustSave, joined) = (true, joined + 1) }
      answers.append(answer)
    }
    endCalls(&call)
    let chosen = choose(call)
    let (usable, before) = (usable(call), settled)
    for (at, user) in users.enumerated() {
      guard case .joined(let ticket, let position, _, _) = answers[at] else { continue }
      let isChosen = chosen.contains { $0.user == user }
      let eta = isChosen ? .called : promise(at: position - before, of: usable, call)
      answers[at] = .joined(ticket: ticket, position: position, eta: eta)
    }
    for _ in back { _ = call.tick() }
    countReturns(back.count, &call)
    callThem(chosen, &call)
    if mustSave || !back.isEmpty || call.isChanged { save(call) }
    return zip(users, answers).map { user, answer in
      switch answer {
      case .waiting(let ticket, _, _):
        .waiting(ticket: ticket, position: position(of: user), callLeft: callLeft(user, call))
      case .joined(let ticket, let position, let eta, _):
        .joined(ticket: ticket, position: position, eta: eta, callLeft: callLeft(user, call))
      default: answer
      }
    }
  }

  /// What one person is told, but for place, promise and call.
  private mutating func join(_ user: String, limit: Int, _ call: inout Call) -> JoinScript.Answer {
    if let ticket = line[user] { return .waiting(ticket: ticket, position: 0) }
    if let until = insideUntil(user, call) {
      let at = admitted[user] ?? 0
      return .inside(
        .init(
          admittedAt: at, grantBegan: grants[user] ?? at, until: until,
          isSession: sessions.exchanged.contains(user)))
    }
    if user.hasPrefix("anon-"), admitted[user] != nil { return .admitted }
    if call.now < call.blockedUntil, let until = removals[user], until > call.now {
      return .keptOut(until: (until + 999) / 1000)
    }
    if isClosed(at: call.now) { return .closed }
    if call.now < prequeue { return .upcoming(joinsAt: prequeue / 1000) }
    if refusesWhenSoldOut, seats == 0 { return .soldOut }
    if limit > 0, line.count >= limit { return .full }
    let ticket = call.tick()
    line[user] = ticket
    seen[user] = call.now / 1000
    // What became of an older ticket is over.
    (parked[user], calls.times[user]) = (nil, nil)
    return .joined(ticket: ticket, position: line.count, eta: .called)
  }

  /// Until when a person is inside, if so.
  func insideUntil(_ user: String, _ call: Call) -> Int64? {
    calls.inside[user].flatMap { $0 > call.now / 1000 ? $0 : nil }
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

  /// How long it is until the call, where nobody goes away: by the bucket, and in a rebuild by what it
  /// holds at the end.
  ///
  /// - Parameter rank: The place among those who need a token.
  private func promise(at rank: Int, of usable: Double, _ call: Call) -> ETA {
    if isPaused { return ETA(unknown: .paused) }
    if call.now >= closes { return ETA(unknown: .closed) }
    let starts = Double(max(0, call.rebuild.until - call.now, opens - call.now)) / 1e6
    var covered = usable
    let people = countInside(call) + calls.ready.count
    if starts > 0 {
      covered = max(covered, max(0, min(bucketLimit, call.tokens + rate * starts)))
      if isBound, call.known.storeLost != Knowledge.unknownStore {
        covered = min(covered, room(for: people, call))
      }
    }
    if activeLimit > 0 { covered = min(covered, Double(activeLimit - people)) }
    let distance = Double(max(1, rank)) - covered
    if distance > 0, rate == 0 { return ETA(unknown: .stopped) }
    let seconds = starts + (distance > 0 ? distance / rate : 0)
    func whole(_ value: Double, _ rule: FloatingPointRoundingRule) -> Int {
      Int(min(30 * 24 * 3600, value).rounded(rule))
    }
    let moving = seconds - starts
    let reason: ETA.Reason = opens > call.rebuild.until ? .opening : .rebuilding
    return ETA(
      seconds: max(1, whole(seconds, .up)), low: whole(starts + moving * 0.8, .down),
      high: max(1, whole(starts + moving * 1.2, .up)), reason: starts > 0 ? reason : nil)
  }

  /// Those who come back: why a ticket waits no longer, and whether it was put back. All are judged as
  /// things stand, and then put back.
  private mutating func comeBack(
    _ people: [ShownToken], _ call: inout Call
  ) -> (answers: [(end: TicketEnd?, isBack: Bool)], mustSave: Bool) {
    let ends = people.map { end(of: $0.user, $0.ticket, $0.stamp, at: call.now) }
    let alive = zip(people, ends).filter { $1 == nil }.map(\.0)
    var mustSave = noticeLoss(alive.map(\.ticket).max(), &call)
    if noticeLoss(alive.map(\.ticket).min(), &call) { mustSave = true }
    learnInside(&call)
    let over = Set(
      zip(people, ends).compactMap { person, end in
        end != nil && line[person.user] ?? .max <= person.ticket ? person.user : nil
      })
    remove(Array(over), &call)
    for user in over { calls.times[user] = nil }
    let back = zip(people, ends).map { $1 == nil && takePlace($0.user, $0.ticket, call) }
    let count = back.count { $0 }
    for _ in 0..<count { _ = call.tick() }
    countReturns(count, &call)
    return (zip(ends, back).map { ($0, $1) }, mustSave || count > 0 || !over.isEmpty)
  }

  private func gone(_ user: String, _ end: TicketEnd, _ call: Call) -> GoneTicket {
    GoneTicket(end: end, insideUntil: insideUntil(user, call))
  }

  mutating func resume(
    _ people: [ShownToken], at now: Int64, knowing known: Knowledge
  ) -> [Resumption] {
    var call = begin(at: now, knowing: known)
    let back = comeBack(people, &call)
    endCalls(&call)
    callNext(&call)
    if back.mustSave || call.isChanged { save(call) }
    return zip(people, back.answers).map { person, answer in
      if let end = answer.end { return .gone(gone(person.user, end, call)) }
      return .inLine(
        position: position(of: person.user), length: line.count, rebuildUntil: call.rebuild.until,
        hasResumed: answer.isBack, callLeft: callLeft(person.user, call))
    }
  }

  /// Who is called enters, if the door is not paused. The others have asked.
  mutating func enter(
    _ people: [ShownToken], at now: Int64, knowing known: Knowledge
  ) -> Entering {
    var call = begin(at: now, knowing: known)
    let back = comeBack(people, &call)
    // Whose call has ended asks again by this.
    endCalls(&call)
    for (person, answer) in zip(people, back.answers) where answer.end == nil {
      ask(person.user, &call)
    }
    callNext(&call)
    var answers: [EnterScript.Answer?] = []
    var entered: [String: Int64] = [:]
    var ownTokens = 0
    let mayEnter = !isPaused && known.storeLost != Knowledge.unknownStore
    for (person, answer) in zip(people, back.answers) {
      let user = person.user
      if let end = answer.end {
        answers.append(end == .admitted ? repeated(user, call) : .gone(gone(user, end, call)))
      } else if entered[user] != nil {
        answers.append(.admittedBefore(at: call.now))
      } else if isCalled(user, call), mayEnter || calls.byOperator.contains(user) {
        let place = line[user]!
        entered[user] = call.tick()
        let overtaken = firstTimers.filter { line[$0]! < min(place, calls.lastPlace + 1) }.count
        if calls.byOperator.contains(user) {
          ownTokens += 1
          let behind = line.values.count { $0 > calls.lastPlace && $0 < place }
          calls.overtakenByOperator += Int64(overtaken + behind)
        } else {
          calls.overtakenByReturn += Int64(overtaken)
        }
        answers.append(
          .admitted(at: call.now, waited: max(0, call.now - place), promise: nil))
      } else {
        answers.append(nil)
      }
    }
    remove(Array(entered.keys), &call)
    call.tokens = max(0, call.tokens - Double(entered.count - ownTokens))
    for (user, tick) in entered {
      (admitted[user], grants[user], calls.times[user]) = (tick, call.now, nil)
      sessions.exchanged.remove(user)
      calls.inside[user] = call.now / 1000 + settings.grantTTL.milliseconds
      if isBound { served[user] = nil }
    }
    if back.mustSave || call.isChanged || !entered.isEmpty { save(call) }
    return Entering(
      answers: zip(people, answers).map { person, answer in
        if let answer { return answer }
        let (place, left) = (position(of: person.user), callLeft(person.user, call))
        return left > 0 ? .paused(position: place, callLeft: left) : .notReady(position: place)
      },
      length: line.count, tokens: usable(call), rebuildUntil: call.rebuild.until,
      state: state(at: call.now))
  }

  /// Who was admitted within the last grant-ttl gets the same grant again.
  private func repeated(_ user: String, _ call: Call) -> EnterScript.Answer {
    let began = grants[user] ?? admitted[user] ?? 0
    return call.now < began + settings.grantTTL.microseconds
      ? .admittedBefore(at: began) : .gone(gone(user, .admitted, call))
  }

  mutating func leave(
    _ user: String, _ ticket: Int64, stamp: Int64, at now: Int64, knowing known: Knowledge
  ) -> LeaveScript.Outcome {
    var call = begin(at: now, knowing: known)
    if let end = gone(user, ticket, stamp, &call) { return end == .left ? .leftBefore : .gone(end) }
    _ = noticeLoss(ticket, &call)
    learnInside(&call)
    left[user] = call.tick()
    remove([user], &call)
    (parked[user], calls.times[user]) = (nil, nil)
    endCalls(&call)
    callNext(&call)
    save(call)
    return .left
  }

  /// What the snapshot has of the line.
  mutating func pulse(
    _ users: [String], _ news: [SessionNews], at now: Int64, knowing known: Knowledge
  ) -> Pulse {
    var call = begin(at: now, knowing: known)
    for user in users where seen[user] != nil { seen[user] = call.now / 1000 }
    // Of an event that no one joined, nothing is written down.
    let isUnknown = saved == nil && !call.isTorn && known.tick == 0 && news.isEmpty
    let mustSave = noticeLoss(news.map(\.name.grantBegan).max(), &call)
    if !call.isNew {
      learnInside(&call)
      for one in news { take(one, &call) }
      endCalls(&call)
      callNext(&call)
    }
    if mustSave || call.isChanged, !isUnknown { save(call) }
    return Pulse(
      length: line.count, rebuildUntil: call.rebuild.until, tokens: usable(call),
      state: state(at: call.now), opensAt: opens, closesAt: closes, isNamed: isNamed,
      calledTo: calls.lastPlace, settled: settled, called: calls.ready.count,
      inside: countInside(call), noShows: calls.noShowsCounted,
      overtakes: .init(
        byReturn: calls.overtakenByReturn, byOperator: calls.overtakenByOperator, byFault: 0),
      callTime: callTime(call))
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
    learnInside(&call)
    endCalls(&call)
    let isOthers = now >= parkedAt && now - parkedAt <= 5_000_000
    var watched = now - watching
    if isOthers { watched = min(watched, saved?.watchedSince ?? now) }
    watched = max(watched, call.rebuild.until - settings.rebuildWindow.microseconds)
    let (absent, headAbsent, unseen) = silent(since: watched, call)
    let forgotten = forget(before: now - settings.ticketTTL.microseconds)
    let people = Set(absent + headAbsent)
    findUnknown(call)
    let standing = people.filter { line[$0] != nil }
    let places = standing.map { ($0, line[$0]!, min(seen[$0]! * 1000, now)) }
    remove(Array(people), &call)
    for (user, place) in parked where place.end < now {
      (parked[user], calls.times[user]) = (nil, nil)
    }
    for (user, ticket, sight) in places {
      parked[user] = (ticket, sight + settings.ticketTTL.microseconds)
    }
    for user in calls.inside.filter({ $0.value <= now / 1000 }).keys {
      (calls.inside[user], served[user]) = (nil, nil)
      if admitted[user] == nil, left[user] == nil { forgetGrant(of: user) }
    }
    sessions.ended = sessions.ended.filter { $0.value > now / 1000 }
    for (user, at) in seen where at > now / 1000 + 1000 { seen[user] = now / 1000 }
    for (user, at) in grants where at > now + 1_000_000 && !sessions.exchanged.contains(user) {
      grants[user] = now
    }
    for (user, at) in served where at > now + 1_000_000 { served[user] = now }
    for user in unseen { seen[user] = now / 1000 }
    for _ in standing { _ = call.tick() }
    callNext(&call)
    save(call)
    saved?.parkedAt = now
    saved?.watchedSince = watched
    return .parked(standing.count, forgotten: forgotten, hasMore: !headAbsent.isEmpty)
  }

  /// Who was silent too long and is not called, who was so at the head, and who has no presence there.
  private func silent(
    since watched: Int64, _ call: Call
  ) -> (absent: [String], headAbsent: [String], unseen: [String]) {
    let now = call.now
    func silent(for ttl: Duration) -> [String] {
      guard now - watched > ttl.microseconds else { return [] }
      return seen.filter { now / 1000 - $0.value > ttl.milliseconds && !isCalled($0.key, call) }
        .map(\.key)
    }
    let absent = silent(for: settings.presenceTTL)
    let ttl = settings.presenceHeadTTL
    let opened = Double(max(call.rebuild.until, call.resumedAt, opens)) / 1000
    guard isOpen(call), now - watched > ttl.microseconds,
      Double(now / 1000) - opened > Double(ttl.milliseconds)
    else { return (absent, [], []) }
    // Those who are called next.
    let head = firstTimers.prefix(Int(burst + rate))
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
    for user in users {
      (admitted[user], left[user]) = (nil, nil)
      if calls.inside[user] == nil { forgetGrant(of: user) }
    }
    let removed = removals.filter { $0.value < oldest }.keys
    for user in removed { removals[user] = nil }
    return users.count + removed.count
  }

  private mutating func forgetGrant(of user: String) {
    grants[user] = nil
    sessions.exchanged.remove(user)
  }
}

extension LineModel {
  /// What those who ask to enter are told.
  struct Entering: Equatable {
    var answers: [EnterScript.Answer]
    var length: Int
    var tokens: Double
    var rebuildUntil: Int64
    var state: String
  }

  /// What a pulse brings.
  struct Pulse: Equatable {
    var length: Int
    var rebuildUntil: Int64
    var tokens: Double
    var state: String
    var opensAt: Int64
    var closesAt: Int64
    var isNamed: Bool
    var calledTo: Int64
    var settled: Int
    var called: Int
    var inside: Int
    var noShows: Int64
    var overtakes: LineSnapshot.Overtakes
    var callTime: Int64
  }
}
