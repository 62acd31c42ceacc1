@testable import Queue

/// What operators do to people, by the rules.
extension LineModel {
  /// An operator calls a person: by a token of its own, whatever the limits.
  mutating func admit(
    _ user: String, at clock: Int64, knowing known: Knowledge
  ) -> AdmitScript.Outcome {
    var call = begin(at: clock, knowing: known)
    guard let ticket = line[user] ?? parked[user]?.ticket,
      end(of: user, ticket, ticket, at: call.now) == nil
    else { return insideUntil(user, call) == nil ? .unknown : .inside }
    let back = line[user] == nil ? parked[user] : nil
    _ = noticeLoss(ticket, &call)
    learnInside(&call)
    if let back {
      line[user] = ticket
      seen[user] = (back.end - settings.ticketTTL.microseconds) / 1000
      parked[user] = nil
      noteReturn(user, ticket, call)
      _ = call.tick()
      countReturns(1, &call)
    }
    endCalls(&call)
    let isNew = !(isCalled(user, call) && calls.byOperator.contains(user))
    if isNew {
      let freed = calls.ready[user] != nil && !calls.byOperator.contains(user) ? 1 : 0
      calls.withdraw(user)
      free(freed, &call)
      calls.longest = calls.ready.isEmpty ? readyTTL : max(calls.longest, readyTTL)
      calls.ready[user] = callTime(call) + readyTTL
      calls.byOperator.insert(user)
      _ = call.tick()
    }
    callNext(&call)
    save(call)
    return .called(
      position: position(of: user), callLeft: callLeft(user, call), isNew: isNew)
  }

  /// An operator removes a person, and keeps the person out for so many µs.
  mutating func removePerson(
    _ user: String, keepingOutFor duration: Int64, at clock: Int64, knowing known: Knowledge
  ) -> RemoveScript.Outcome {
    var call = begin(at: clock, knowing: known)
    let place = line[user]
    let back = place == nil ? parked[user]?.ticket : nil
    let present = insideUntil(user, call)
    let was: Removal =
      place != nil ? .waiting : back != nil ? .parked : present != nil ? .inside : .absent
    if was == .absent, duration == 0 { return .unknown }
    _ = noticeLoss(place ?? back, &call)
    learnInside(&call)
    let at = call.tick()
    if place != nil || back != nil {
      remove([user], &call)
      (parked[user], calls.times[user], left[user]) = (nil, nil, at)
    }
    if let present { endSession(of: user, present, &call) }
    let moment = duration > 0 ? max(at, call.now + duration) : at
    removals[user] = moment
    if duration > 0 { call.blockedUntil = max(call.blockedUntil, moment) }
    endCalls(&call)
    callNext(&call)
    save(call)
    return .removed(was, until: duration > 0 ? (moment + 999) / 1000 : 0)
  }

  private mutating func endSession(of user: String, _ until: Int64, _ call: inout Call) {
    let began = grants[user] ?? admitted[user] ?? 0
    noteEnded(user, began, until, &call)
    (calls.inside[user], served[user], grants[user]) = (nil, nil, began)
    sessions.exchanged.insert(user)
  }

  private mutating func noteEnded(
    _ user: String, _ began: Int64, _ until: Int64, _ call: inout Call
  ) {
    let refusal = max(sessionTTL, settings.grantTTL.milliseconds) + 5000
    noteEnded(name(user, began), until: max(until, call.now / 1000 + refusal), &call)
  }

  /// An operator removes everyone.
  mutating func reset(at clock: Int64, knowing known: Knowledge) -> ResetScript.Outcome {
    var call = begin(at: clock, knowing: known)
    guard saved != nil || call.isTorn else { return .unknown }
    _ = noticeLoss(nil, &call)
    call.resetAt = call.tick()
    call.tokens += Double(calls.holdingTokens)
    var removed = Removed(waiting: line.count, parked: parked.count)
    (line, seen, parked, joined) = ([:], [:], [:], 0)
    calls.void()
    calls.forgetCounts()
    call.tokens = min(call.tokens, bucketLimit)
    sessions.back = 0
    for (user, until) in calls.inside.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
    where admitted[user] ?? 0 <= call.resetAt {
      let began = grants[user] ?? admitted[user] ?? 0
      if until > call.now / 1000 { noteEnded(user, began, until, &call) }
      (calls.inside[user], served[user]) = (nil, nil)
      removed.inside += 1
    }
    save(call)
    return .step(removed, next: nil)
  }
}
