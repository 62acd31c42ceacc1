import Loop
import TestSupport

@testable import Queue

/// Does what a list of operations says, with the scripts and with the model, and compares them step by
/// step.
struct LineHistory {
  private(set) var admissions = 0
  private(set) var parked = 0
  private(set) var resumed = 0
  private(set) var losses = 0
  private(set) var longestLine = 0
  /// How many were called at once, how many calls were made again, and how many lapsed.
  var mostCalled = 0
  var calledAgain = 0
  var lapsed = 0
  /// How many grants became sessions.
  private(set) var sessions = 0
  private(set) var calledByOperators = 0

  static let settings = QueueSettings(
    admissionRate: 0.37, admissionBurst: 3, grantTTL: .seconds(20), ticketTTL: .seconds(60),
    rebuildWindow: .seconds(10), presenceTTL: .seconds(30), presenceHeadTTL: .seconds(8),
    readyTTL: .seconds(6), sessionTTL: .seconds(30), sessionMax: .seconds(40),
    seatsPerPerson: 2)

  let event: ScriptedEvent
  private(set) var model: LineModel
  /// Every ticket that a person ever got.
  private var tickets: [String: [Int64]] = [:]
  /// When every grant of a person began.
  private var grants: [String: [Int64]] = [:]
  /// Whether a part of what is known of calls was lost, and not the rest.
  private var didLoseCalls = false
  /// The tokens of the last answers, and when these were.
  private var tokens = LineTokens(settings: Self.settings)
  /// Two sidecars, which do not know the same.
  private var callers = [Caller(), Caller()]
  /// The model as it was when a snapshot was taken, and the store's epoch.
  private var snapshot: (model: LineModel, store: Int64)?
  /// When the store last lost what it held, as its epoch says; nil while that is missing.
  private var store: Int64? = 0
  /// Whether the step that is taken has lost something, or noticed that.
  private(set) var didLose = false
  /// Whether Redis went on from a snapshot.
  private(set) var didRollBack = false
  /// What a clock that never steps says.
  private var monotonic = Instant(nanoseconds: 0)

  private struct Caller {
    var tick: Int64 = 0
    var clock = ClockEstimate()
    var storeLost: Int64 = 0
    var inside = 0
    var epoch = ""
    var acquaintance = Acquaintance(grace: .seconds(2))
    /// What it knows of the settings, and what it remembers by the rules.
    var watch = SettingsWatch()
    var remembered = StoredSettings()
  }

  /// Begins anew on the event's Redis.
  init(on event: ScriptedEvent, _ settings: QueueSettings = Self.settings) throws {
    try event.startOver(settings)
    self.event = event
    model = LineModel(settings)
    tokens = LineTokens(settings: settings)
  }

  /// The first step at which scripts and model differ, and how; nil if none does.
  mutating func firstFault(_ operations: [LineOperation]) throws -> String? {
    for (step, operation) in operations.enumerated() {
      do {
        let before = CallState(model)
        (didLose, didRollBack) = (false, false)
        try apply(operation)
        try expect(try event.line(), model.order, "line")
        try checkCalls(since: before)
        try expect(try event.created, model.saved?.created ?? 0, "created")
        try expect(try event.state("epoch"), model.saved.map { "\($0.epoch)" }, "epoch")
        try expect(try event.finding().stored, model.stored, "what operators set")
        longestLine = max(longestLine, model.line.count)
      } catch let fault as Disagreement {
        return "step \(step): \(operation): \(fault.text)"
      } catch let error as ScriptError {
        return "step \(step): \(operation): \(error.message)"
      }
    }
    return nil
  }

  struct Disagreement: Error { let text: String }

  func expect<Value: Equatable>(_ found: Value, _ said: Value, _ what: String) throws {
    if found != said { throw Disagreement(text: "\(what) is \(found), by the rules \(said)") }
  }

  private func knowledge(_ caller: Int) -> Knowledge {
    let caller = callers[caller]
    var known = Knowledge(
      tick: caller.tick, time: caller.clock.time(at: monotonic) ?? 0, storeLost: caller.storeLost,
      isStranger: caller.acquaintance.isStranger(at: monotonic))
    (known.inside, known.epoch) = (caller.inside, caller.epoch)
    return known
  }

  /// - Parameter ticket: The latest that the call was about.
  private mutating func learn(_ caller: Int, ticket: Int64 = 0) throws {
    try expect(event.told, model.told, "progress")
    try expect(event.loss, model.loss, "loss")
    if event.loss != nil { (didLose, didLoseCalls) = (true, false) }
    // A loss that is later than what the store's epoch explains is written there.
    if let loss = event.loss, loss.kind == .ticks,
      max(ticket, callers[caller].tick) > callers[caller].storeLost
    {
      store = loss.since
      callers[caller].storeLost = loss.since
    }
    guard let tick = event.told else { return }
    callers[caller].acquaintance.found(tick > 0, at: monotonic)
    callers[caller].tick = max(callers[caller].tick, tick)
  }

  /// One of them is known by the key of one join.
  private func name(_ person: Int) -> String { person == 0 ? "anon-0" : "p\(person)" }

  private func ticket(of user: String, _ index: Int) -> Int64? {
    guard let own = tickets[user] else { return nil }
    return own[max(0, own.count - 1 - index)]
  }

  private mutating func apply(_ operation: LineOperation) throws {
    switch operation {
    case .pass(let time):
      try event.advance(.microseconds(time))
      monotonic = monotonic + .microseconds(time)
    case .step(let time): try event.advance(.microseconds(time))
    case .park(let watched, let caller): try park(watched, caller)
    case .join(let people, let limit, let caller): try join(people.map(name), limit, caller)
    case .resume(let person, let index, let isRenewed, let caller):
      guard let ticket = ticket(of: name(person), index) else { return }
      try comeBack([token(of: name(person), ticket, isRenewed)], caller)
    case .comeBack(let people, let caller):
      let people = people.map(name).compactMap { user in
        tickets[user]?.last.map { token(of: user, $0, true) }
      }
      if !people.isEmpty { try comeBack(people, caller) }
    case .enter(let people, let index, let isRenewed, let caller):
      try enter(
        people.map(name).compactMap { user in
          ticket(of: user, index).map { token(of: user, $0, isRenewed) }
        }, caller)
    case .enterCalled(let isWhole, let caller):
      let called = model.order.filter { model.calls.ready[$0] != nil }
      try enter(shown(isWhole ? called[...] : called.dropFirst()), caller)
    case .ask(let caller):
      try enter(shown(model.order.filter { model.calls.noShows[$0] != nil }[...]), caller)
    case .leave(let person, let index, let caller):
      guard let ticket = ticket(of: name(person), index) else { return }
      let known = knowledge(caller)
      let stamp = tokens.stamp(name(person), ticket)
      let answer = try event.leave(name(person), ticket, stamp: stamp, knowing: known)
      let said = model.leave(name(person), ticket, stamp: stamp, at: event.now, knowing: known)
      try expect(answer, said, "answer")
      try learn(caller, ticket: ticket)
    case .exchange(let people, let index, let caller):
      try exchange(
        people.compactMap { person in
          grant(of: name(person), index).map { began in
            let till = began + Self.settings.grantTTL.microseconds
            return ShownGrant(user: name(person), began: began, till: till)
          }
        }, caller)
    case .pulse(let people, let events, let caller):
      let news = events.compactMap { one in
        grant(of: name(one.person), one.grant).map { began in
          SessionNews(
            change: one.change,
            name: SessionName(user: UserID(name(one.person))!, grantBegan: began),
            until: event.now / 1000 + one.until)
        }
      }
      try pulse(people.map(name), news, caller)
    case .set(let field, let text):
      try event.set(field.rawValue, text)
      model.byHand[field] = text
    case .change(let field, let text, let caller): try change(field, text, caller)
    case .delete(let caller): try delete(caller)
    case .admit(let person, let caller): try admit(name(person), caller)
    case .remove(let person, let blocking, let caller):
      try remove(name(person), blocking, caller)
    case .reset(let caller): try reset(caller)
    case .lookAfter(let caller, let isLate): try lookAfter(caller, isLate: isLate)
    case .seats(let seats): try setSeats(seats)
    case .serve(let person): try serve(name(person))
    case .lose(let loss): try lose(loss)
    case .takeSnapshot:
      try event.takeSnapshot()
      snapshot = (model, store ?? 0)
    case .rollBack:
      losses += 1
      (didLose, didRollBack) = (true, true)
      try event.rollBack()
      (model, store) = snapshot.map { ($0, $1) } ?? (LineModel(model.settings), nil)
    case .look(let caller):
      if store == nil { store = knowledge(caller).time > 0 ? knowledge(caller).time : event.now }
      callers[caller].storeLost = store!
    case .restart(let caller):
      callers[caller] = Caller(storeLost: Knowledge.unknownStore)
    }
  }

  private func token(of user: String, _ ticket: Int64, _ isRenewed: Bool) -> ShownToken {
    ShownToken(
      user: user, ticket: ticket, stamp: isRenewed ? tokens.stamp(user, ticket) : ticket)
  }

  private mutating func comeBack(_ people: [ShownToken], _ caller: Int) throws {
    let known = knowledge(caller)
    let answers = try event.resume(people, knowing: known)
    try expect(answers, model.resume(people, at: event.now, knowing: known), "answers")
    let now = model.time(event.now, known)
    for (token, answer) in zip(people, answers) {
      switch answer {
      case .inLine(_, _, _, let hasResumed, _):
        if hasResumed { resumed += 1 }
        tokens.seen(token.user, token.ticket, at: now)
      case .gone(let gone) where gone.end == .expired && tokens.mustAccept(token, at: now):
        throw Disagreement(text: "a person who was seen lately is told that the ticket has expired")
      case .gone: break
      }
    }
    let live = zip(people, answers).filter { if case .inLine = $1 { true } else { false } }
    try learn(caller, ticket: live.map(\.0.ticket).max() ?? 0)
  }

  private mutating func park(_ watched: Int64, _ caller: Int) throws {
    let known = knowledge(caller)
    let answer = try event.park(watching: .microseconds(watched), knowing: known)
    let said = model.park(at: event.now, watching: watched, knowing: known)
    try expect(answer, said, "answer")
    if case .parked(let people, _, _) = answer { parked += people }
    try learn(0)
  }

  private mutating func join(_ users: [String], _ limit: Int, _ caller: Int) throws {
    let known = knowledge(caller)
    let answers = try event.join(users, knowing: known, limit: limit)
    let said = model.join(users, limit: limit, at: event.now, knowing: known)
    try expect(answers, said, "answers")
    for case (let user, .joined(let ticket, _, _, _)) in zip(users, answers) {
      tickets[user, default: []].append(ticket)
      tokens.forget(user, ticket)
    }
    for case (let user, .waiting(let ticket, _, _)) in zip(users, answers) {
      tokens.seen(user, ticket, at: model.time(event.now, known))
    }
    try learn(caller)
  }

  /// The tokens of these people's latest tickets.
  private func shown(_ users: ArraySlice<String>) -> [ShownToken] {
    users.compactMap { user in tickets[user]?.last.map { token(of: user, $0, true) } }
  }

  private mutating func enter(_ people: [ShownToken], _ caller: Int) throws {
    if people.isEmpty { return }
    let known = knowledge(caller)
    let reply = try event.enter(people, knowing: known)
    let said = model.enter(people, at: event.now, knowing: known)
    // What the trail knows of promises is not among the rules.
    let answers = zip(reply.answers, said.answers).map { answer, said in
      if case .admitted(let at, let waited, _) = answer, case .admitted = said {
        return EnterScript.Answer.admitted(at: at, waited: waited, promise: nil)
      }
      return answer
    }
    try expect(
      LineModel.Entering(
        answers: answers, length: reply.length, tokens: reply.tokens,
        rebuildUntil: reply.rebuildUntil, state: reply.state.rawValue), said, "answer")
    for case .paused in answers where said.state != "paused" && known.storeLost >= 0 {
      throw Disagreement(text: "a person who is called is refused")
    }
    admissions += answers.count { $0.isAdmitted }
    for case (let person, .admitted(let at, _, _)) in zip(people, answers) {
      grants[person.user, default: []].append(at)
    }
    try learn(caller, ticket: people.map(\.ticket).max() ?? 0)
  }

  private func grant(of user: String, _ index: Int) -> Int64? {
    guard let own = grants[user] else { return nil }
    return own[max(0, own.count - 1 - index)]
  }

  private mutating func exchange(_ shown: [ShownGrant], _ caller: Int) throws {
    if shown.isEmpty { return }
    let known = knowledge(caller)
    let answers = try event.exchange(shown, knowing: known)
    try expect(answers, model.exchange(shown, at: event.now, knowing: known), "answers")
    sessions += answers.count { if case .session(_, isNew: true) = $0 { true } else { false } }
    let now = model.time(event.now, known)
    try learn(caller, ticket: shown.filter { now < $0.till }.map(\.began).max() ?? 0)
  }

  private mutating func pulse(
    _ users: [String], _ news: [SessionNews], _ caller: Int
  ) throws {
    let known = knowledge(caller)
    let line = try event.pulse(users, news: news, knowing: known)
    let now = model.time(event.now, known)
    for user in users {
      // Those whom a front saw without asking a script: their answers brought new tokens.
      guard let standing = model.line[user], let ticket = tickets[user]?.last, standing <= ticket,
        !model.isExpired(user, ticket, tokens.stamp(user, ticket), at: now)
      else { continue }
      tokens.seen(user, ticket, at: now)
    }
    var said = model.pulse(users, news, at: event.now, knowing: known)
    // Where a part of what is known of calls was lost alone, how many are settled is known again only
    // when calls are made anew.
    if didLoseCalls || !model.calls.unknown.isEmpty { said.settled = line.settled }
    try expect(line.time, now, "time")
    try expect(
      LineModel.Pulse(
        length: line.length, rebuildUntil: line.rebuildUntil, tokens: line.tokens,
        state: line.state.rawValue, opensAt: line.opensAt, closesAt: line.closesAt,
        isNamed: line.isNamed, calledTo: line.calledTo,
        settled: line.settled, called: line.called, inside: line.inside, noShows: line.noShows,
        overtakes: line.overtakes, callTime: line.callTime), said, "snapshot")
    (callers[caller].inside, callers[caller].epoch) = (line.inside + line.called, line.epoch)
    try learn(caller, ticket: news.map(\.name.grantBegan).max() ?? 0)
    _ = callers[caller].clock.measured(event.now, sent: monotonic, received: monotonic)
  }

  private mutating func change(
    _ field: EventSettings.Field, _ relative: String?, _ caller: Int
  ) throws {
    var text = relative
    if EventSettings.Field.times.contains(field), let distance = relative.flatMap({ Int64($0) }) {
      text = "\(event.now / 1000 + distance)"
    }
    let known = knowledge(caller)
    let version = callers[caller].watch.version(of: event.keys.event)
    try expect(version, callers[caller].remembered.version, "the version known")
    let answer = try event.change(
      SettingsPatch([field: text]), version: version, knowing: known)
    let said = model.change(field, text, version: version, at: event.now, knowing: known)
    try take(answer, said, caller)
  }

  private mutating func delete(_ caller: Int) throws {
    let known = knowledge(caller)
    let version = callers[caller].watch.version(of: event.keys.event)
    let answer = try event.delete(version: version, knowing: known)
    let said = model.delete(version: version, at: event.now, knowing: known)
    try take(answer, said, caller)
  }

  private mutating func take(
    _ answer: SettingsScript.Change, _ said: SettingsScript.Change, _ caller: Int
  ) throws {
    try expect(answer, said, "answer")
    try learn(caller)
    guard case .changed(_, let after) = answer else { return }
    callers[caller].watch.wrote(after, of: event.keys.event)
    callers[caller].remembered = after
  }

  private mutating func admit(_ user: String, _ caller: Int) throws {
    let known = knowledge(caller)
    let answer = try event.admit(user, knowing: known)
    try expect(answer, model.admit(user, at: event.now, knowing: known), "answer")
    if case .called(_, _, true) = answer { calledByOperators += 1 }
    try learn(caller)
  }

  private mutating func remove(_ user: String, _ blocking: Int64, _ caller: Int) throws {
    let known = knowledge(caller)
    let answer = try event.remove(user, keepingOutFor: .microseconds(blocking), knowing: known)
    let said = model.removePerson(user, keepingOutFor: blocking, at: event.now, knowing: known)
    try expect(answer, said, "answer")
    try learn(caller)
  }

  private mutating func reset(_ caller: Int) throws {
    let known = knowledge(caller)
    let answer = try event.reset(knowing: known)
    try expect(answer, model.reset(at: event.now, knowing: known), "answer")
    try learn(caller)
  }

  private mutating func lookAfter(_ caller: Int, isLate: Bool) throws {
    let name = event.keys.event
    let known = knowledge(caller)
    var actions: [SettingsWatch.Action] = []
    if isLate, let stored = callers[caller].watch.stored(of: name), stored.version > 0 {
      actions = [.writeBack(stored)]
    } else {
      actions = callers[caller].watch.found(try event.finding(), of: name, at: event.now)
    }
    for case .writeBack(let stored) in actions {
      callers[caller].watch.wrote(try event.writeBack(stored, knowing: known), of: name)
    }
    model.lookAfterSettings(remembering: &callers[caller].remembered)
    let stored = callers[caller].watch.stored(of: name) ?? StoredSettings()
    try expect(stored, callers[caller].remembered, "what is known of the settings")
  }

  private mutating func setSeats(_ seats: Int?) throws {
    let key = ForSaleKeys(event.keys.event).inventory
    if let seats { try event.send("SET", key.text, "\(seats)") } else { try event.lose(key) }
    model.seats = seats
  }

  private mutating func serve(_ user: String) throws {
    guard let began = model.grants[user] else { return }
    try event.send("ZADD", ForSaleKeys(event.keys.event).served.text, "\(began)", user)
    model.served[user] = began
  }

  private mutating func lose(_ loss: LineModel.LostPart) throws {
    losses += 1
    didLose = true
    if [.ready, .ahead, .noShows, .times].contains(loss) { didLoseCalls = true }
    switch loss {
    case .everything: try event.loseEverything()
    case .state: try event.lose(event.keys.state)
    case .index: try event.lose(event.keys.waiting)
    case .presence: try event.lose(event.keys.seen)
    case .settings: try event.lose(event.keys.settings)
    case .places:
      try event.lose(event.keys.parked)
      try event.lose(event.keys.places)
    case .ready: try event.lose(event.keys.ready)
    case .ahead: try event.lose(event.keys.ahead)
    case .noShows: try event.lose(event.keys.noShows)
    case .times: try event.lose(event.keys.calls)
    case .inside: try event.lose(event.keys.inside)
    case .ended: try event.lose(event.keys.ended)
    }
    if loss == .everything { store = nil }
    model.lose(loss)
  }
}

/// Histories in which scripts and model differ, made as short as can be.
enum Counterexample {
  /// The first of the histories of these seeds that shows a fault: what was found, and how.
  static func search(
    _ seeds: ClosedRange<UInt64>, on event: ScriptedEvent
  ) throws -> (seed: UInt64, operations: [LineOperation], fault: String)? {
    for seed in seeds {
      let operations = LineHistoryPlan.short.operations(120, seed: seed)
      var history = try LineHistory(on: event)
      if let fault = try history.firstFault(operations) { return (seed, operations, fault) }
    }
    return nil
  }

  /// Leaves out whatever the fault does not need.
  static func shrink(
    _ operations: [LineOperation], on event: ScriptedEvent
  ) throws -> (operations: [LineOperation], fault: String) {
    var shortest = operations
    var fault = ""
    var size = max(1, operations.count / 2)
    while true {
      var start = 0
      while start < shortest.count {
        var shorter = shortest
        shorter.removeSubrange(start..<min(start + size, shorter.count))
        var history = try LineHistory(on: event)
        if let found = try history.firstFault(shorter) {
          (shortest, fault) = (shorter, found)
        } else {
          start += size
        }
      }
      if size == 1 { return (shortest, fault) }
      size /= 2
    }
  }
}
