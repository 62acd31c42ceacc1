import Testing

@testable import HTTP

/// All that can happen to a server, in any order, without a socket.
@Suite("The machine of a server: every state that can come about")
struct ServerMachineWalkTests {
  /// A state between two events of a server.
  private struct Node: Hashable {
    var machine = ServerMachine()
    /// ``HTTPServer/stopListening()`` is accepting the clients that wait.
    var isTaking = false
    /// The first pass of a run is under way.
    var isFirstPass = false

    var isRunning: Bool {
      switch machine.run {
      case .idle, .due: false
      case .running, .runningAndDue: true
      }
    }
  }

  @Test("a check, a stop and a resumed connection never wait for a run that does not come")
  func runsCome() {
    for node in Self.reachable where !node.isRunning {
      let machine = node.machine
      switch machine.life {
      case .listening, .draining, .stopping: break
      case .stopped: continue
      }
      if machine.check == .due { #expect(machine.run == .due || machine.runsNextTurn) }
      if machine.hasResumed { #expect(machine.run == .due) }
      if machine.life == .stopping { #expect(machine.run == .due) }
    }
  }

  @Test("nothing comes after the stop")
  func stopsForGood() {
    for node in Self.reachable where node.machine.life == .stopped {
      for event in ServerEvent.allCases {
        var machine = node.machine
        switch event.apply(to: &machine) {
        case .nothing, .pass: break
        case .actions(let actions): #expect(actions == [])
        case .decision(let decision): #expect(decision == (event == .takingBegan))
        }
        #expect(machine.life == .stopped)
      }
    }
  }

  @Test("the walk meets every life, every run and every check")
  func isComplete() {
    let machines = Self.reachable.map(\.machine)
    #expect(Set(machines.map(\.life)) == Set(ServerMachine.Life.allCases))
    #expect(Set(machines.map(\.run)) == Set(ServerMachine.Run.allCases))
    #expect(Set(machines.map(\.check)) == Set(ServerMachine.Check.allCases))
    #expect(Set(machines.map(\.hasResumed)) == [false, true])
    #expect(Set(machines.map(\.runsNextTurn)) == [false, true])
  }

  // MARK: - The walk

  private static let reachable: Set<Node> = {
    var found: Set<Node> = [Node()]
    var open = Array(found)
    while let node = open.popLast() {
      for next in ServerEvent.allCases.flatMap({ Self.successors(of: node, by: $0) })
      where found.insert(next).inserted {
        open.append(next)
      }
    }
    return found
  }()

  /// What a server may be in after an event; nothing where the event cannot happen.
  private static func successors(of node: Node, by event: ServerEvent) -> [Node] {
    guard isPossible(event, in: node) else { return [] }
    var next = node
    switch event.apply(to: &next.machine) {
    case .actions(let actions): return after(actions, next)
    case .pass: next.isFirstPass = false
    case .decision(let decision):
      if event == .runBegan { next.isFirstPass = decision }
      if event == .stopListening, decision { next.isTaking = next.machine.takingBegan() }
    case .nothing:
      if event == .takingEnded {
        next.isTaking = false
        _ = next.machine.listenerClosed()
      }
    }
    return [next]
  }

  /// What may come of the actions that a server answers with further events.
  private static func after(_ actions: ServerMachine.Actions, _ node: Node) -> [Node] {
    if actions.contains(.stop) { return [applying(.stop, to: node)] }
    let checked =
      actions.contains(.checkDeadlines)
      ? [ServerEvent.checked, .checkedLast, .checkedSparing].map { applying($0, to: node) }
      : [node]
    let more = actions.contains(.askForMore) ? checked.map { applying(.moreToDo, to: $0) } : []
    return checked + more
  }

  private static func applying(_ event: ServerEvent, to node: Node) -> Node {
    var next = node
    _ = event.apply(to: &next.machine)
    return next
  }

  private static func isPossible(_ event: ServerEvent, in node: Node) -> Bool {
    switch event {
    case .runRequested, .resumed, .stop: true
    // libmicrohttpd calls only while it runs.
    case .connectionOpened, .connectionClosed, .requestEnded: node.isRunning
    case .runBegan: node.machine.run == .due
    case .firstPassEnded, .firstPassEndedAtRest: node.isFirstPass
    case .runEnded, .runEndedAtRest: node.isRunning && !node.isTaking && !node.isFirstPass
    case .nextTurnBegan: !node.isRunning && node.machine.runsNextTurn
    case .restEnded: !node.isRunning && node.machine.restEnd != nil
    case .checkIsDue: !node.isRunning && node.machine.check != .unplanned
    case .stopListening: !node.isRunning
    case .takingEnded: node.isTaking
    // They follow from others.
    case .moreToDo, .checked, .checkedLast, .checkedSparing, .takingBegan, .listenerClosed: false
    }
  }
}
