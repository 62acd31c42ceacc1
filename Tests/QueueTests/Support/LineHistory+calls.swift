@testable import Queue

/// What is known of calls before a step.
struct CallState {
  let model: LineModel
  var calls: LineModel.Calls { model.calls }

  init(_ model: LineModel) { self.model = model }
}

/// What must be true of calls after every step, whatever the rules say in detail.
extension LineHistory {
  mutating func checkCalls(since before: CallState) throws {
    try compare()
    if didRollBack { return }
    let calls = model.calls
    mostCalled = max(mostCalled, calls.ready.count)
    lapsed += max(0, calls.times.values.reduce(0, +) - before.calls.times.values.reduce(0, +))
    calledAgain += calls.noShows.count {
      $0.value == .called && before.calls.noShows[$0.key] != .called
    }
    let new = calls.ready.keys.filter {
      before.calls.ready[$0] == nil && !calls.byOperator.contains($0)
    }
    if !new.isEmpty { try checkNew(new, since: before) }
    if !didLose { try checkKept(since: before) }
  }

  /// Who stands where among those who were called, in Redis and by the rules: for messages.
  var report: String {
    let keys = [event.keys.ahead, event.keys.ready, event.keys.noShows]
    let held = keys.map { (try? event.send("ZRANGE", $0.text, "0", "-1").texts) ?? [] }
    let early = model.firstTimers.filter { model.line[$0]! <= model.calls.lastPlace }
    return "ahead, ready, no-shows: \(held); ahead by the rules: \(early), "
      + "unknown \(model.calls.unknown)"
  }

  /// What Redis holds is what the model says.
  private func compare() throws {
    let found = try event.calls()
    func texts(_ moments: [String: Int64]) -> [String: String] { moments.mapValues { "\($0)" } }
    var ready = model.calls.ready
    for user in model.calls.byOperator { ready[user]! += 1_000_000_000_000_000 }
    try expect(found[0], texts(ready), "who is called")
    try expect(found[1], model.calls.times.mapValues { "\($0)" }, "how many calls ended")
    try expect(found[2], model.calls.noShows.mapValues(\.text), "no-shows")
    try expect(found[3], texts(model.calls.inside), "who is inside")
    let ended = model.sessions.ended.map { ("\($0.grantBegan):\($0.user.text)", "\($1)") }
    try expect(found[4], Dictionary(uniqueKeysWithValues: ended), "which sessions have ended")
  }

  private func checkNew(_ new: [String], since before: CallState) throws {
    let calls = model.calls
    func fail(_ text: String) throws { throw Disagreement(text: "\(new) called: \(text)") }
    if Double(calls.holdingTokens) > model.burst { try fail("more than the bucket holds") }
    let now = model.saved!.refilled / 1000
    let inside = calls.inside.values.count { $0 > now }
    if model.activeLimit > 0, calls.ready.count + inside > model.activeLimit {
      try fail("more than may be inside")
    }
    if model.isPaused { try fail("in a pause") }
    if now * 1000 < model.opens { try fail("before the event opens") }
    if now * 1000 >= model.closes { try fail("when the event is over") }
    if now * 1000 < model.saved!.rebuild.until - 1000 { try fail("in a rebuild") }
    // Whoever stands there, was never called, and was seen just now would be called first.
    let waits = model.firstTimers.filter {
      calls.times[$0] == nil && model.seen[$0].map { now - $0 <= 8000 } ?? true
    }
    let first = new.filter { calls.noShows[$0] == nil }
    for user in first {
      if let ahead = waits.first(where: { model.line[$0]! < model.line[user]! }) {
        try fail("\(ahead) stands before \(user)")
      }
    }
    let again = new.filter { calls.noShows[$0] != nil }
    let half = Int(model.burst / 2)
    if !again.isEmpty, !waits.isEmpty, half > 0,
      calls.noShows.values.count(where: { $0 == .called }) > half
    {
      try fail("no-shows have more than half of the burst")
    }
    if !again.isEmpty, !waits.isEmpty, half == 0, before.calls.isRepeated, first.isEmpty {
      try fail("a no-show behind a no-show")
    }
  }

  /// A call ends with its time, or with the person's place; nothing else ends it.
  private func checkKept(since before: CallState) throws {
    for (user, end) in before.calls.ready where model.calls.ready[user] == nil {
      let isOver = model.saved.map { saved in
        end <= ((saved.pausedAt ?? saved.refilled) - saved.pausedFor) / 1000
      }
      // A younger ticket is another place.
      let isGone = model.line[user].map { $0 > before.model.line[user]! } ?? true
      if isOver != true, !isGone { throw Disagreement(text: "the call of \(user) was taken back") }
    }
  }
}

extension LineModel.NoShow {
  /// As Redis holds it.
  var text: String {
    switch self {
    case .silent(let moment): "\(-moment)"
    case .asked(let moment): "\(moment)"
    case .called: "1000000000000000"
    }
  }
}
