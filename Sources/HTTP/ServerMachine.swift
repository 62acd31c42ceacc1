import Loop

/// Every decision about when libmicrohttpd runs and how its server ends: what happened goes in, with
/// the time at which it happened, and what to do comes out.
///
/// libmicrohttpd has no thread of its own; a *run* of it is a pass or two at the end of a turn of the
/// loop. What needs a run requests one, and a turn has one for all of them.
struct ServerMachine: Hashable {
  /// What the server does with connections.
  enum Life: CaseIterable {
    /// It accepts them.
    case listening
    /// It finishes those that are open: each answer is the last one on its connection.
    case draining
    /// It closes them all at the end of the run that is under way or due.
    case stopping
    /// It has closed them all.
    case stopped
  }

  /// What libmicrohttpd does.
  enum Run: CaseIterable {
    /// Nothing, for now.
    case idle
    /// It runs at the end of this turn.
    case due
    /// It is running.
    case running
    /// It is running, and runs again at the end of this turn.
    case runningAndDue
  }

  /// When the connections' deadlines are checked next.
  enum Check: CaseIterable {
    /// Never: no connection is open.
    case unplanned
    /// When a timer fires.
    case planned
    /// After the next run. What has arrived in time may not have been read in time.
    case due
  }

  private(set) var life = Life.listening
  private(set) var run = Run.idle
  private(set) var check = Check.unplanned
  /// Connections were resumed with their answers: the first pass makes bytes of these, and the second
  /// one writes them.
  private(set) var hasResumed = false
  /// A timer is set for the next turn.
  private(set) var runsNextTurn = false
  /// When the exchanges that rest are answered or suspended; nil if none rests.
  private(set) var restEnd: Instant?

  /// Whether new connections are accepted.
  var isListening: Bool {
    switch life {
    case .listening: true
    case .draining, .stopping, .stopped: false
    }
  }

  private var isStopped: Bool {
    switch life {
    case .listening, .draining, .stopping: false
    case .stopped: true
    }
  }

  // MARK: - Connections

  /// A connection was accepted.
  mutating func connectionOpened() -> Actions {
    if isStopped { return [] }
    switch check {
    case .unplanned:
      check = .planned
      return .planCheck
    case .planned, .due: return []
    }
  }

  /// A connection was closed, which makes room for a new one. Only the next run accepts that.
  mutating func connectionClosed() -> Actions {
    isListening ? runInNextTurn() : []
  }

  /// The last byte of an answer was written, inside a run.
  mutating func requestEnded() {
    switch life {
    case .listening, .stopped: break
    // It was answered before the drain began, and should not have been kept alive.
    case .draining, .stopping: check = .due
    }
  }

  // MARK: - Runs

  /// libmicrohttpd has something to do.
  mutating func runRequested() -> Actions {
    if isStopped { return [] }
    switch run {
    case .idle: run = .due
    case .running: run = .runningAndDue
    case .due, .runningAndDue: return []
    }
    return .deferRun
  }

  /// A suspended connection has its answer, and was resumed.
  mutating func resumed() -> Actions {
    if isStopped { return [] }
    hasResumed = true
    return runRequested()
  }

  /// The end of the turn has come. False if there is no longer anything to run.
  mutating func runBegan() -> Bool {
    switch run {
    case .due:
      run = isStopped ? .idle : .running
      return !isStopped
    case .idle, .running, .runningAndDue: return false
    }
  }

  /// The first pass of a run has ended, with so many exchanges at rest.
  ///
  /// libmicrohttpd notes that an answer is sent in the pass after the one that sent it. While it has no
  /// exchange to ask for an answer, a second pass costs less than another turn.
  mutating func firstPassEnded(resting: Int) -> SecondPass {
    if hasResumed {
      hasResumed = false
      return .yes
    }
    return resting == 0 ? .ifMoreToDo : .no
  }

  /// A run has ended, with so many exchanges at rest.
  mutating func runEnded(resting: Int, at now: Instant) -> Actions {
    endRun()
    switch life {
    case .listening, .draining: return dueCheck().union(planRest(resting, at: now))
    case .stopping: return .stop
    case .stopped: return []
    }
  }

  private func dueCheck() -> Actions {
    switch check {
    case .due: .checkDeadlines
    case .unplanned, .planned: []
    }
  }

  /// While an exchange rests there is always more to do, to ask for its answer, so libmicrohttpd's word
  /// means nothing.
  private mutating func planRest(_ resting: Int, at now: Instant) -> Actions {
    let isPlanned = restEnd != nil
    if resting > 0 {
      if isPlanned { return [] }
      restEnd = now + ExchangeState.longestRest
      return .startRest
    }
    restEnd = nil
    let more: Actions = runsNextTurn ? [] : .askForMore
    return isPlanned ? more.union(.cancelRest) : more
  }

  private mutating func endRun() {
    switch run {
    case .running: run = .idle
    case .runningAndDue: run = .due
    case .idle, .due: break
    }
  }

  /// libmicrohttpd has more to do, which no descriptor will say. Not in this turn, which a client that
  /// keeps sending could make endless.
  mutating func moreToDo() -> Actions { runInNextTurn() }

  private mutating func runInNextTurn() -> Actions {
    if isStopped || runsNextTurn { return [] }
    runsNextTurn = true
    return .runNextTurn
  }

  /// The timer of ``Actions/runNextTurn`` fired.
  mutating func nextTurnBegan() -> Actions {
    runsNextTurn = false
    return runRequested()
  }

  /// The timer of ``Actions/startRest`` fired.
  mutating func restEnded() -> Actions {
    restEnd = nil
    return runRequested()
  }

  // MARK: - Deadlines

  /// The timer of ``Actions/planCheck`` fired.
  mutating func checkIsDue() -> Actions {
    if isStopped { return [] }
    check = .due
    return runRequested()
  }

  /// The overdue connections were closed. Some were spared (`spares`), because a request has arrived
  /// that the next run reads.
  mutating func checked(spares: Bool, isAnyOpen: Bool) -> Actions {
    if isStopped { return [] }
    if spares {
      check = .due
      return runInNextTurn()
    }
    check = isAnyOpen ? .planned : .unplanned
    return .planCheck
  }

  // MARK: - The end

  /// The server is to accept no more. True if it did so until now.
  mutating func stopListening() -> Bool {
    switch life {
    case .listening:
      life = .draining
      return true
    case .draining, .stopping, .stopped: return false
    }
  }

  /// The clients that had connected are being accepted, by runs outside the order. False if this is not
  /// possible, because libmicrohttpd is running.
  mutating func takingBegan() -> Bool {
    switch run {
    case .idle: run = .running
    case .due: run = .runningAndDue
    case .running, .runningAndDue: return false
    }
    return true
  }

  /// They are accepted.
  mutating func takingEnded() { endRun() }

  /// The listening socket is closed. Requests that have arrived are still read by the next run, and
  /// then idle connections are closed.
  mutating func listenerClosed() -> Actions { checkIsDue() }

  /// The server is to close everything. True if it can do so now; during a run it cannot.
  mutating func stop() -> Bool {
    if isStopped { return false }
    switch run {
    case .running, .runningAndDue:
      life = .stopping
      return false
    case .idle, .due:
      self = ServerMachine(life: .stopped, run: run)
      return true
    }
  }
}
