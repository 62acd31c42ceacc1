@testable import Queue

/// Who is called, by the rules.
extension LineModel {
  /// What an event knows of calls, and of those inside. Moments are ms; those of calls count no pause.
  struct Calls {
    /// Until when each of the called is called.
    var ready: [String: Int64] = [:]
    /// Those of them whom an operator called.
    var byOperator: Set<String> = []
    /// How many calls of each ended without them.
    var times: [String: Int] = [:]
    /// Those in line who let a call end.
    var noShows: [String: NoShow] = [:]
    /// Whose entries were lost: nothing is known of them until a sidecar parks.
    var unknown: Set<String> = []
    /// Who is inside, and until when.
    var inside: [String: Int64] = [:]
    /// The last place to which calls came, and the longest call since anyone was called.
    var lastPlace: Int64 = 0
    var longest: Int64 = 0
    /// Whether the last call was one of a no-show.
    var isRepeated = false
    /// Those who were inside when the event was lost, and until when they count.
    var insideLost = 0
    var insideUntil: Int64 = 0
    /// How many calls ended without the person, and how many were overtaken since they came back.
    var noShowsCounted: Int64 = 0
    var overtakenByReturn: Int64 = 0
    var overtakenByOperator: Int64 = 0
    /// Those whose calls hold a token of the bucket.
    var holdingTokens: Int { ready.count - byOperator.count }
  }

  /// What becomes of a no-show.
  enum NoShow: Equatable {
    /// May be called again from then on: only if asked for.
    case silent(until: Int64)
    case asked(until: Int64)
    /// Is called again.
    case called
  }

  /// What the bucket may hold: what it promised is not in it.
  var bucketLimit: Double { max(0, burst - Double(calls.holdingTokens)) }

  func callTime(_ call: Call) -> Int64 {
    ((call.pausedAt ?? call.now) - call.pausedFor) / 1000
  }

  /// Whether a person is called, and the call is not over.
  func isCalled(_ user: String, _ call: Call) -> Bool { callLeft(user, call) > 0 }

  func callLeft(_ user: String, _ call: Call) -> Int64 {
    max(0, (calls.ready[user] ?? 0) - callTime(call))
  }

  /// Those in line whom nobody has called yet, in order.
  var firstTimers: [String] {
    order.filter {
      calls.ready[$0] == nil && calls.noShows[$0] == nil && !calls.unknown.contains($0)
    }
  }

  /// How many stand before all others and need no further token.
  var settled: Int {
    if calls.lastPlace == 0 { return 0 }
    return line.values.count { $0 <= calls.lastPlace }
      - firstTimers.count { line[$0]! <= calls.lastPlace }
  }

  func countInside(_ call: Call) -> Int {
    let now = call.now / 1000
    let lost = now < calls.insideUntil ? calls.insideLost - sessions.back : 0
    return calls.inside.values.count { $0 > now } + lost
  }

  // MARK: Pauses

  /// What was saved of pauses; with no one called, they have taken nothing.
  mutating func beginCalls(_ call: inout Call) {
    call.pausedAt = saved?.pausedAt
    call.pausedFor = saved?.pausedFor ?? 0
    call.resumedAt = saved?.resumedAt ?? 0
    let parkedAt = saved?.parkedAt ?? 0
    call.watchedSince = call.now - parkedAt <= 5_000_000 ? saved?.watchedSince : nil
    notePause(&call)
    if calls.ready.isEmpty, call.pausedFor > 0 {
      call.pausedFor = 0
      call.isChanged = true
    }
  }

  func notePause(_ call: inout Call) {
    if isPaused, call.pausedAt == nil, !call.isNew {
      call.pausedAt = call.now
      call.isChanged = true
    } else if !isPaused, let began = call.pausedAt {
      call.pausedFor += max(0, call.now - began)
      call.pausedAt = nil
      call.resumedAt = call.now
      call.isChanged = true
    }
  }

  // MARK: A call begins

  /// Calls everyone whom it is time to call.
  mutating func callNext(_ call: inout Call) {
    let chosen = choose(call)
    callThem(chosen, &call)
  }

  /// Who is to be called: no-shows at their places, too, but half of the burst at most while others wait.
  func choose(_ call: Call) -> [(user: String, isRepeated: Bool)] {
    guard isCalling(at: call.now), call.now >= call.rebuild.until, line.count > calls.ready.count
    else { return [] }
    var again = order.filter { mayBeCalledAgain($0, call) && !isSilent($0, call) }
    var first = firstTimers.filter { !isSilent($0, call) }
    let half = Int(burst / 2)
    var repeats = calls.noShows.values.count { $0 == .called }
    var isRepeated = calls.isRepeated
    var chosen: [(user: String, isRepeated: Bool)] = []
    let room = Int(usable(call))
    while chosen.count < room {
      let mayRepeat = first.isEmpty || (half > 0 ? repeats < half : !isRepeated)
      if let user = again.first, mayRepeat, first.isEmpty || line[user]! < line[first[0]]! {
        chosen.append((user, true))
        again.removeFirst()
        (repeats, isRepeated) = (repeats + 1, true)
      } else if let user = first.first {
        chosen.append((user, false))
        first.removeFirst()
        isRepeated = false
      } else {
        break
      }
    }
    return chosen
  }

  private func mayBeCalledAgain(_ user: String, _ call: Call) -> Bool {
    if case .asked(let moment) = calls.noShows[user] { return moment <= call.now / 1000 }
    return false
  }

  /// Whether those who come next may be called: the event is open, and neither the limit nor what is left
  /// for sale keeps them out, nor a bucket that nothing refills.
  func isOpen(_ call: Call) -> Bool {
    let isBarred = usable(call) < 1 && (call.tokens >= 1 || rate == 0 && calls.ready.isEmpty)
    return isCalling(at: call.now) && call.now >= call.rebuild.until && !isBarred
  }

  /// A call would reach no one who was silent for so long, as far as people could be seen and had to be
  /// quick.
  func isSilent(_ user: String, _ call: Call) -> Bool {
    guard let sight = seen[user], let watched = call.watchedSince else { return false }
    let opened = Double(max(call.rebuild.until, call.resumedAt, opens)) / 1000
    let since = max(Double(sight), Double(watched) / 1000, opened)
    return Double(call.now / 1000) - since > Double(settings.presenceHeadTTL.milliseconds)
  }

  mutating func callThem(_ chosen: [(user: String, isRepeated: Bool)], _ call: inout Call) {
    for _ in 0..<call.lapsed { _ = call.tick() }
    call.lapsed = 0
    guard let last = chosen.last else { return }
    let isFirst = calls.ready.isEmpty
    for (user, isRepeated) in chosen {
      calls.ready[user] = callTime(call) + readyTTL
      if isRepeated {
        calls.noShows[user] = .called
      } else {
        calls.lastPlace = max(calls.lastPlace, line[user]!)
      }
      _ = call.tick()
    }
    calls.longest = isFirst ? readyTTL : max(calls.longest, readyTTL)
    calls.isRepeated = last.isRepeated
    call.tokens -= Double(chosen.count)
    call.isChanged = true
  }

  // MARK: A call ends

  /// Ends calls that have lasted their time: not in a pause.
  mutating func endCalls(_ call: inout Call) {
    if calls.ready.isEmpty || call.pausedAt != nil { return }
    let now = callTime(call)
    calls.ready = calls.ready.mapValues { min($0, now + calls.longest) }
    let due = calls.ready.filter { $0.value <= now }
    var freed = 0
    for (user, end) in due {
      calls.ready[user] = nil
      let isByOperator = calls.byOperator.remove(user) != nil
      if !isByOperator { freed += 1 }
      guard let ticket = line[user] else { continue }
      if isByOperator {
        // It counts nowhere.
        noteReturn(user, ticket, call)
        call.lapsed += 1
        continue
      }
      let over = Double(end) + Double(call.pausedFor) / 1000
      if let sight = seen[user], Double(sight) >= over - Double(readyTTL), couldAsk(over, call) {
        calls.times[user, default: 0] += 1
        becomeNoShow(user, call)
        calls.noShowsCounted += 1
      } else if calls.noShows[user] != nil {
        // Nobody was told of the call, or nobody could enter: as if it had not been.
        calls.noShows[user] = .asked(until: call.now / 1000)
      }
      call.lapsed += 1
    }
    free(freed, &call)
    if !due.isEmpty { call.isChanged = true }
  }

  /// Whether a sidecar reached the event at that moment, ms, as far as sidecars have looked at all.
  private func couldAsk(_ moment: Double, _ call: Call) -> Bool {
    guard saved?.parkedAt ?? 0 > 0 else { return true }
    return call.watchedSince.map { Double($0) / 1000 <= moment } ?? false
  }

  private mutating func becomeNoShow(_ user: String, _ call: Call) {
    let times = min(calls.times[user]!, 20)
    calls.noShows[user] = .silent(until: call.now / 1000 + (Int64(1) << times) * readyTTL)
  }

  /// What so many calls held is free again.
  func free(_ freed: Int, _ call: inout Call) {
    if freed > 0 { call.tokens = min(call.tokens + Double(freed), bucketLimit) }
  }

  /// A person asks to enter: a no-show by that asks to be called again.
  mutating func ask(_ user: String, _ call: inout Call) {
    guard case .silent(let moment) = calls.noShows[user] else { return }
    calls.noShows[user] = .asked(until: moment)
    call.isChanged = true
  }

  /// A person stands in line again, perhaps before the last place that was called.
  mutating func noteReturn(_ user: String, _ ticket: Int64, _ call: Call) {
    calls.unknown.remove(user)
    guard ticket <= calls.lastPlace, calls.ready[user] == nil, calls.noShows[user] == nil,
      calls.times[user] != nil
    else { return }
    becomeNoShow(user, call)
  }

  // MARK: Losses

  /// In a rebuild, the last known number counts as inside until their sessions must have ended.
  mutating func learnInside(_ call: inout Call) {
    let known = call.known
    guard call.now < call.rebuild.until, !known.epoch.isEmpty, known.epoch != "\(call.epoch)",
      known.inside - calls.inside.count > calls.insideLost
    else { return }
    calls.insideLost = known.inside - calls.inside.count
    calls.insideUntil = call.now / 1000 + sessionTTL
    call.isChanged = true
  }

  /// A sidecar finds those of whom nothing is known: as if they came back now.
  mutating func findUnknown(_ call: Call) {
    for user in calls.unknown { noteReturn(user, line[user] ?? 0, call) }
    for (user, noShow) in calls.noShows where noShow == .called && calls.ready[user] == nil {
      calls.noShows[user] = .asked(until: call.now / 1000)
    }
  }

  mutating func loseCalls(_ loss: LostPart) {
    switch loss {
    case .ready:
      // Whom an operator called behind the last place stands there as before.
      calls.unknown.formUnion(
        calls.ready.keys.filter { calls.noShows[$0] == nil && line[$0] ?? 0 <= calls.lastPlace })
      (calls.ready, calls.byOperator) = ([:], [])
    case .ahead: calls.unknown.formUnion(firstTimers.filter { line[$0]! <= calls.lastPlace })
    case .noShows:
      calls.unknown.formUnion(calls.noShows.keys.filter { calls.ready[$0] == nil })
      calls.noShows = [:]
    case .times: calls.times = [:]
    case .inside: calls.inside = [:]
    default: preconditionFailure("no key of calls")
    }
  }
}

extension LineModel.Calls {
  /// The state was lost, which holds what is not in keys of its own.
  mutating func loseState() {
    (lastPlace, longest, isRepeated) = (0, 0, false)
    (insideLost, insideUntil) = (0, 0)
    forgetCounts()
  }

  /// A loss voids calls; those inside are inside.
  mutating func void() {
    (ready, times, noShows, unknown, byOperator) = ([:], [:], [:], [], [])
    (lastPlace, insideLost) = (0, 0)
  }

  mutating func forgetCounts() {
    (noShowsCounted, overtakenByReturn, overtakenByOperator) = (0, 0, 0)
  }

  /// A person stands in line no longer, or elsewhere.
  mutating func withdraw(_ user: String) {
    ready[user] = nil
    byOperator.remove(user)
    noShows[user] = nil
    unknown.remove(user)
  }
}
