import Loop

/// What ``ServerMachine`` decides is carried out here, and nothing decided.
extension HTTPServer {
  func carryOut(_ actions: ServerMachine.Actions) {
    if actions.isEmpty { return }
    if actions.contains(.stop) { return stop() }
    if actions.contains(.checkDeadlines) { checkDeadlines() }
    if actions.contains(.planCheck) { planCheck() }
    if actions.contains(.startRest) { startRest() }
    if actions.contains(.cancelRest) {
      timers.rest.map(loop.cancel)
      timers.rest = nil
    }
    if actions.contains(.askForMore), let daemon, daemon.hasMoreToDo {
      carryOut(machine.moreToDo())
    }
    if actions.contains(.runNextTurn) { runNextTurn() }
    if actions.contains(.deferRun) { loop.defer(to: .answer) { [self] in run() } }
  }

  private func run() {
    guard machine.runBegan(), let daemon else { return }
    let progress = progress
    daemon.run()
    switch machine.firstPassEnded(resting: connections.resting) {
    case .yes: daemon.run()
    case .ifMoreToDo: if daemon.hasMoreToDo { daemon.run() }
    case .no: break
    }
    runsInVain = progress == self.progress ? runsInVain + 1 : 0
    findEnds()
    carryOut(machine.runEnded(resting: connections.resting, at: loop.now))
  }

  private func runNextTurn() {
    // libmicrohttpd never stops asking while its buffer is full of what it cannot read, such as the line
    // before a chunk that does not end. Until the deadline it must not keep the loop busy.
    let pause = runsInVain < Self.manyRunsInVain ? Duration.zero : .milliseconds(1)
    timers.nextTurn = loop.schedule(at: loop.now + pause) { [self] in
      timers.nextTurn = nil
      carryOut(machine.nextTurnBegan())
    }
  }

  private func startRest() {
    timers.rest = machine.restEnd.map { end in
      loop.schedule(at: end) { [self] in
        timers.rest = nil
        carryOut(machine.restEnded())
      }
    }
  }

  private func checkDeadlines() {
    var spares = false
    let overdue = connections.overdue(at: loop.now) { connection in
      // A request that has arrived since the run is not lost: the next one reads it.
      guard connection.hasUnread else { return false }
      spares = true
      return true
    }
    for connection in overdue { connection.shutDown() }
    carryOut(machine.checked(spares: spares, isAnyOpen: connections.count > 0))
  }

  private func planCheck() {
    timers.check.map(loop.cancel)
    timers.check = connections.nextCheck(after: loop.now).map { deadline in
      loop.schedule(at: deadline) { [self] in
        timers.check = nil
        carryOut(machine.checkIsDue())
      }
    }
  }
}
