import Loop
import Testing

@testable import HTTP

@Suite("The machine of a server: every state by every event")
struct ServerMachineTests {
  typealias Life = ServerMachine.Life
  typealias Run = ServerMachine.Run
  typealias Check = ServerMachine.Check

  @Test("changes its life as the table says", arguments: Life.allCases, ServerEvent.allCases)
  func life(_ life: Life, by event: ServerEvent) {
    for machine in Self.machines where machine.life == life {
      var next = machine
      _ = event.apply(to: &next)
      #expect(next.life == expectedLife(machine, event))
    }
  }

  @Test("changes its run as the table says", arguments: Run.allCases, ServerEvent.allCases)
  func run(_ run: Run, by event: ServerEvent) {
    for machine in Self.machines where machine.run == run {
      var next = machine
      _ = event.apply(to: &next)
      #expect(next.run == expectedRun(machine, event))
    }
  }

  @Test("changes its check as the table says", arguments: Check.allCases, ServerEvent.allCases)
  func check(_ check: Check, by event: ServerEvent) {
    for machine in Self.machines where machine.check == check {
      var next = machine
      _ = event.apply(to: &next)
      #expect(next.check == expectedCheck(machine, event))
    }
  }

  @Test("says what to do as the table says", arguments: ServerEvent.allCases)
  func output(by event: ServerEvent) {
    for machine in Self.machines {
      var next = machine
      #expect(event.apply(to: &next) == expectedOutput(machine, event))
    }
  }

  /// Every state, with and without what was resumed, what rests and a run in the next turn.
  private static let machines: [ServerMachine] = Life.allCases.flatMap { life in
    Run.allCases.flatMap { run in
      Check.allCases.flatMap { check in
        [false, true].flatMap { hasResumed in
          [false, true].flatMap { runsNextTurn in
            [nil, ServerEvent.now].map { restEnd in
              ServerMachine(
                life: life, run: run, check: check, hasResumed: hasResumed,
                runsNextTurn: runsNextTurn, restEnd: restEnd)
            }
          }
        }
      }
    }
  }

  // MARK: - The tables

  private func isStopped(_ life: Life) -> Bool {
    switch life {
    case .stopped: true
    case .listening, .draining, .stopping: false
    }
  }

  private func isRunning(_ run: Run) -> Bool {
    switch run {
    case .idle, .due: false
    case .running, .runningAndDue: true
    }
  }

  private func expectedLife(_ machine: ServerMachine, _ event: ServerEvent) -> Life {
    switch (machine.life, event) {
    case (.listening, .stopListening): .draining
    case (.listening, .stop), (.draining, .stop), (.stopping, .stop):
      isRunning(machine.run) ? .stopping : .stopped
    case (.listening, _), (.draining, _), (.stopping, _), (.stopped, _): machine.life
    }
  }

  private func expectedRun(_ machine: ServerMachine, _ event: ServerEvent) -> Run {
    switch event {
    case .runRequested, .resumed, .nextTurnBegan, .restEnded, .checkIsDue, .listenerClosed:
      if isStopped(machine.life) { return machine.run }
      return switch machine.run {
      case .idle, .due: .due
      case .running, .runningAndDue: .runningAndDue
      }
    case .runBegan:
      return switch machine.run {
      case .due: isStopped(machine.life) ? .idle : .running
      case .idle, .running, .runningAndDue: machine.run
      }
    case .takingBegan:
      return switch machine.run {
      case .idle, .running: .running
      case .due, .runningAndDue: .runningAndDue
      }
    case .runEnded, .runEndedAtRest, .takingEnded:
      return switch machine.run {
      case .idle, .running: .idle
      case .due, .runningAndDue: .due
      }
    case .connectionOpened, .connectionClosed, .requestEnded, .firstPassEnded,
      .firstPassEndedAtRest, .moreToDo, .checked, .checkedLast, .checkedSparing, .stopListening,
      .stop:
      return machine.run
    }
  }

  private func expectedCheck(_ machine: ServerMachine, _ event: ServerEvent) -> Check {
    if isStopped(machine.life) { return machine.check }
    switch event {
    case .connectionOpened:
      return switch machine.check {
      case .unplanned, .planned: .planned
      case .due: .due
      }
    case .requestEnded:
      return switch machine.life {
      case .listening, .stopped: machine.check
      case .draining, .stopping: .due
      }
    case .checkIsDue, .listenerClosed, .checkedSparing: return .due
    case .checked: return .planned
    case .checkedLast: return .unplanned
    case .stop: return isRunning(machine.run) ? machine.check : .unplanned
    case .connectionClosed, .runRequested, .resumed, .runBegan, .firstPassEnded,
      .firstPassEndedAtRest, .runEnded, .runEndedAtRest, .moreToDo, .nextTurnBegan, .restEnded,
      .stopListening, .takingBegan, .takingEnded:
      return machine.check
    }
  }

  private func expectedOutput(_ machine: ServerMachine, _ event: ServerEvent) -> ServerEvent.Output
  {
    let isStopped = isStopped(machine.life)
    switch event {
    case .connectionOpened:
      return .actions(!isStopped && machine.check == .unplanned ? .planCheck : [])
    case .connectionClosed:
      return .actions(machine.life == .listening && !machine.runsNextTurn ? .runNextTurn : [])
    case .requestEnded, .takingEnded: return .nothing
    case .runRequested, .resumed, .nextTurnBegan, .restEnded, .checkIsDue, .listenerClosed:
      let isNew = machine.run == .idle || machine.run == .running
      return .actions(!isStopped && isNew ? .deferRun : [])
    case .runBegan: return .decision(!isStopped && machine.run == .due)
    case .firstPassEnded: return .pass(machine.hasResumed ? .yes : .ifMoreToDo)
    case .firstPassEndedAtRest: return .pass(machine.hasResumed ? .yes : .no)
    case .runEnded, .runEndedAtRest: return .actions(expectedEnd(machine, event))
    case .moreToDo, .checkedSparing:
      return .actions(!isStopped && !machine.runsNextTurn ? .runNextTurn : [])
    case .checked, .checkedLast: return .actions(isStopped ? [] : .planCheck)
    case .stopListening: return .decision(machine.life == .listening)
    case .takingBegan: return .decision(!isRunning(machine.run))
    case .stop: return .decision(!isStopped && !isRunning(machine.run))
    }
  }

  private func expectedEnd(
    _ machine: ServerMachine, _ event: ServerEvent
  ) -> ServerMachine.Actions {
    switch machine.life {
    case .stopping: return .stop
    case .stopped: return []
    case .listening, .draining: break
    }
    var actions: ServerMachine.Actions = machine.check == .due ? .checkDeadlines : []
    if event == .runEndedAtRest {
      if machine.restEnd == nil { actions.insert(.startRest) }
    } else {
      if machine.restEnd != nil { actions.insert(.cancelRest) }
      if !machine.runsNextTurn { actions.insert(.askForMore) }
    }
    return actions
  }
}
