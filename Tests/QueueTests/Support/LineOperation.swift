@testable import Queue

/// One thing that happens to a line. A history is a list of these: they name people and tickets by
/// number, so that a shorter list still makes sense.
enum LineOperation {
  /// Time passes, in µs.
  case pass(Int64)
  /// Redis' clock steps by so many µs, though no time passes.
  case step(Int64)
  /// A sidecar that has watched for so long, µs, parks.
  case park(watched: Int64, caller: Int)
  case join([Int], limit: Int, caller: Int)
  /// A ticket is counted from the person's latest, 0; its token is the first one or that of the last
  /// answer.
  case resume(Int, ticket: Int, isRenewed: Bool, caller: Int)
  /// Many come back in one call.
  case comeBack([Int], caller: Int)
  /// People ask to enter in one call, each with the same of their tickets.
  case enter([Int], ticket: Int, isRenewed: Bool, caller: Int)
  /// Those who are called enter, or all but the first of them.
  case enterCalled(isWhole: Bool, caller: Int)
  /// The no-shows ask to be called again.
  case ask(caller: Int)
  case leave(Int, ticket: Int, caller: Int)
  /// Grants are exchanged for sessions: the latest of each person, or the one before.
  case exchange([Int], grant: Int, caller: Int)
  /// People are seen, and what became of the sessions of some is told.
  case pulse([Int], [SessionEvent] = [], caller: Int)
  /// Somebody writes a setting into the state by hand.
  case set(EventSettings.Field, String)
  /// An operator changes one, or takes it away; times are so many ms from now.
  case change(EventSettings.Field, String?, caller: Int)
  /// An operator takes all of them away.
  case delete(caller: Int)
  /// An operator calls a person.
  case admit(Int, caller: Int)
  /// An operator removes a person, and keeps the person out for so many µs.
  case remove(Int, blocking: Int64, caller: Int)
  /// An operator removes everyone.
  case reset(caller: Int)
  /// A sidecar looks after the settings, or writes back what it knows: it looked before others wrote.
  case lookAfter(caller: Int, isLate: Bool)
  case seats(Int?)
  /// A person who was granted entry gets something.
  case serve(Int)
  case lose(LineModel.LostPart)
  /// Redis writes a dump, or a replica has come so far.
  case takeSnapshot
  /// Redis goes on from there.
  case rollBack
  /// A sidecar looks at the store's epoch.
  case look(caller: Int)
  /// A sidecar starts anew, and knows nothing.
  case restart(caller: Int)
}

/// What a front tells of a person's session: that by the latest grant, 0, or the one before, and until
/// when from now, ms.
struct SessionEvent {
  let person: Int
  let grant: Int
  let change: SessionNews.Change
  let until: Int64
}

/// How histories are drawn.
struct LineHistoryPlan {
  var people: Int
  /// Of a thousand operations: how many clocks step far, how many losses there are, and how often what
  /// sidecars know changes.
  var steps: Int
  var losses: Int
  var knowledge: Int

  /// Few people in a short time, to whom much happens.
  static let short = LineHistoryPlan(people: 8, steps: 12, losses: 15, knowledge: 60)
  /// Fifty people who form a long line.
  static let long = LineHistoryPlan(people: 50, steps: 0, losses: 3, knowledge: 10)

  /// A history of so many operations.
  func operations(_ count: Int, seed: UInt64) -> [LineOperation] {
    var random = SplitMix64(seed: seed)
    var operations: [LineOperation] = []
    for _ in 0..<count {
      operations.append(operation(&random))
      // Sidecars park about once a second, unless they are all away.
      if case .pass = operations.last, Int.random(in: 0..<20, using: &random) > 0 {
        operations.append(park(&random))
      }
    }
    return operations
  }

  private func operation(_ random: inout SplitMix64) -> LineOperation {
    let person = Int.random(in: 0..<people, using: &random)
    let caller = Int.random(in: 0..<2, using: &random)
    let ticket = max(0, Int.random(in: -6..<3, using: &random))
    let isRenewed = Int.random(in: 0..<3, using: &random) > 0
    let draw = Int.random(in: 0..<1000, using: &random)
    if draw < losses { return .lose(LineModel.LostPart.allCases.randomElement(using: &random)!) }
    if draw < losses + steps {
      let far: [Int64] = [-3_600_000_000, -600_000_000, -90_000_000, 45_000_000, 600_000_000]
      let time = far.randomElement(using: &random)!
      return time > 0 && Bool.random(using: &random) ? .pass(time) : .step(time)
    }
    if draw < losses + steps + knowledge {
      switch Int.random(in: 0..<8, using: &random) {
      case 0: return .takeSnapshot
      case 1: return .rollBack
      case 2: return .restart(caller: caller)
      case 3...5: return .look(caller: caller)
      default: return .comeBack((0..<people).shuffled(using: &random), caller: caller)
      }
    }
    switch Int.random(in: 0..<106, using: &random) {
    case ..<26: return .pass(Int64.random(in: 1...4_000_000, using: &random))
    case ..<27: return .step(Int64.random(in: -3_000_000...3_000_000, using: &random))
    case ..<28: return park(&random)
    case ..<43:
      let users = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        Int.random(in: 0..<people, using: &random)
      }
      let isLimited = Int.random(in: 0..<5, using: &random) == 0
      return .join(users, limit: isLimited ? max(3, people / 2 + 5) : 0, caller: caller)
    case ..<57: return .resume(person, ticket: ticket, isRenewed: isRenewed, caller: caller)
    case ..<64:
      let others = (0..<people).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
      let all = [person] + others.filter { $0 != person }
      return .enter(all, ticket: ticket, isRenewed: isRenewed, caller: caller)
    case ..<74: return .enterCalled(isWhole: Bool.random(using: &random), caller: caller)
    case ..<81: return .ask(caller: caller)
    case ..<83: return .leave(person, ticket: ticket, caller: caller)
    case ..<86: return .exchange([person] + few(&random), grant: max(0, ticket), caller: caller)
    case ..<92:
      let users = (0..<people).filter { _ in Bool.random(using: &random) }
      return .pulse(users, few(&random).map { news(of: $0, &random) }, caller: caller)
    case ..<93:
      let field = field(of: EventSettings.Field.byHand, &random)
      return .set(field, text(of: field, &random))
    case ..<96:
      let field = field(of: EventSettings.Field.allCases, &random)
      let isSet = Int.random(in: 0..<3, using: &random) > 0
      return .change(field, isSet ? text(of: field, &random) : nil, caller: caller)
    case ..<98: return .lookAfter(caller: caller, isLate: Bool.random(using: &random))
    case ..<99: return .serve(person)
    case 100...102: return .admit(person, caller: caller)
    case 103...104:
      let blocking: [Int64] = [0, 0, 1, 15_000_000, 90_000_000]
      return .remove(
        person, blocking: blocking.randomElement(using: &random)!, caller: caller)
    case 105:
      return Int.random(in: 0..<3, using: &random) > 0
        ? .delete(caller: caller) : .reset(caller: caller)
    default:
      return .seats(Bool.random(using: &random) ? Int.random(in: 0...7, using: &random) : nil)
    }
  }

  private func few(_ random: inout SplitMix64) -> [Int] {
    (0..<people).filter { _ in Int.random(in: 0..<5, using: &random) == 0 }
  }

  private func news(of person: Int, _ random: inout SplitMix64) -> SessionEvent {
    let changes: [SessionNews.Change] = [.renewed, .renewed, .ended, .remembered]
    return SessionEvent(
      person: person, grant: Int.random(in: 0..<4, using: &random) == 0 ? 1 : 0,
      change: changes.randomElement(using: &random)!,
      until: Int64.random(in: -2000...60_000, using: &random))
  }

  private func park(_ random: inout SplitMix64) -> LineOperation {
    let watched: [Int64] = [0, 0, 6_000_000, 12_000_000, 40_000_000, 4_000_000_000]
    return .park(
      watched: watched.randomElement(using: &random)!, caller: Int.random(in: 0..<2, using: &random)
    )
  }

  /// One that an operator sets: most often whether the door is open.
  private func field(
    of fields: [EventSettings.Field], _ random: inout SplitMix64
  ) -> EventSettings.Field {
    Bool.random(using: &random) ? .state : fields.randomElement(using: &random)!
  }

  /// A text that an operator may write, seldom one that makes no sense.
  private func text(
    of field: EventSettings.Field, _ random: inout SplitMix64
  ) -> String {
    if Int.random(in: 0..<40, using: &random) == 0 { return "0,2" }
    switch field {
    case .rate: return "\(Double.random(in: 0.001...2, using: &random))"
    case .burst: return "\(Int.random(in: 1...6, using: &random))"
    case .state:
      let states = ["open", "open", "open", "open", "open", "paused", "closed"]
      return states.randomElement(using: &random)!
    case .admitWithinInventory: return Bool.random(using: &random) ? "yes" : "no"
    case .queueLimit: return "\(Int.random(in: 0...people, using: &random))"
    case .activeLimit: return "\(Int.random(in: 0...4, using: &random))"
    case .readyTTL: return "\(Int.random(in: 1...20, using: &random))s"
    case .sessionTTL: return "\(Int.random(in: 5...60, using: &random))s"
    case .soldOutJoin: return Bool.random(using: &random) ? "allow" : "refuse"
    case .prequeueAt: return "\(Int.random(in: -20_000...8_000, using: &random))"
    case .opensAt: return "\(Int.random(in: -10_000...15_000, using: &random))"
    case .closesAt:
      // An event that is over brings nothing new.
      let isNear = Int.random(in: 0..<4, using: &random) == 0
      return "\(Int.random(in: isNear ? 1000...20_000 : 1_000_000...9_000_000, using: &random))"
    }
  }
}
