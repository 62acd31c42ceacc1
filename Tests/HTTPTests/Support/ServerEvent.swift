import Loop

@testable import HTTP

/// What can happen to a ``ServerMachine``.
enum ServerEvent: CaseIterable {
  case connectionOpened
  case connectionClosed
  case requestEnded
  case runRequested
  case resumed
  case runBegan
  case firstPassEnded
  /// With an exchange at rest, as all that are called so.
  case firstPassEndedAtRest
  case runEnded
  case runEndedAtRest
  case moreToDo
  case nextTurnBegan
  case restEnded
  case checkIsDue
  case checked
  /// Without a connection that is still open.
  case checkedLast
  case checkedSparing
  case stopListening
  case takingBegan
  case takingEnded
  case listenerClosed
  case stop

  /// What the machine says.
  enum Output: Equatable {
    case nothing
    case actions(ServerMachine.Actions)
    case decision(Bool)
    case pass(ServerMachine.SecondPass)
  }

  /// When all of it happens.
  static let now = Instant(nanoseconds: 1_000_000_000)

  func apply(to machine: inout ServerMachine) -> Output {
    switch self {
    case .connectionOpened: return .actions(machine.connectionOpened())
    case .connectionClosed: return .actions(machine.connectionClosed())
    case .requestEnded: machine.requestEnded()
    case .runRequested: return .actions(machine.runRequested())
    case .resumed: return .actions(machine.resumed())
    case .runBegan: return .decision(machine.runBegan())
    case .firstPassEnded: return .pass(machine.firstPassEnded(resting: 0))
    case .firstPassEndedAtRest: return .pass(machine.firstPassEnded(resting: 1))
    case .runEnded: return .actions(machine.runEnded(resting: 0, at: Self.now))
    case .runEndedAtRest: return .actions(machine.runEnded(resting: 2, at: Self.now))
    case .moreToDo: return .actions(machine.moreToDo())
    case .nextTurnBegan: return .actions(machine.nextTurnBegan())
    case .restEnded: return .actions(machine.restEnded())
    case .checkIsDue: return .actions(machine.checkIsDue())
    case .checked: return .actions(machine.checked(spares: false, isAnyOpen: true))
    case .checkedLast: return .actions(machine.checked(spares: false, isAnyOpen: false))
    case .checkedSparing: return .actions(machine.checked(spares: true, isAnyOpen: true))
    case .stopListening: return .decision(machine.stopListening())
    case .takingBegan: return .decision(machine.takingBegan())
    case .takingEnded: machine.takingEnded()
    case .listenerClosed: return .actions(machine.listenerClosed())
    case .stop: return .decision(machine.stop())
    }
    return .nothing
  }
}
