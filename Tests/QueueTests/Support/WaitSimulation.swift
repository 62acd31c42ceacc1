import Foundation
import TestSupport

@testable import Queue
@testable import Redis

/// An hour at the door in virtual time: people join, poll as they are told, lose patience, fall
/// silent, come back, enter late; an operator changes the rate. The scripts and the Redis are real,
/// and what people are promised comes from ``Pace`` as a front would ask it.
///
/// The same seed brings the same hour.
final class WaitSimulation {
  /// A person who was admitted: what was promised at join, and how long it really took, in seconds.
  struct Wait {
    let promised: Double
    let actual: Double
  }

  /// How the hour goes. Times are seconds from its beginning.
  struct Script {
    /// People a second, from a time on.
    var arrivals: [(from: Double, rate: Double)]
    /// Admissions a second, from a time on.
    var rates: [(from: Double, rate: Double)]
    var burst: Int
    /// Seconds from seeing that it is one's turn to entering, on average.
    var hesitation: Double
    var seconds = 3600.0
  }

  private enum Action {
    case poll, enter, leave, fallSilent, comeBack
  }

  private struct Person {
    let name: String
    var ticket: Int64 = 0
    var isPresent = true
    /// Admitted, or gone for good.
    var isOver = false
    var hasSeenReady = false
    /// When the place will be ready, as far as the last look told.
    var expects = 0.0
  }

  private(set) var waits: [Wait] = []
  private(set) var left = 0
  private(set) var parked = 0
  private(set) var longestLine = 0

  private let script: Script
  private let event: ScriptedEvent
  private let start: Int64
  private var random: SplitMix64
  private var people: [Person] = []
  private var agenda: [Int: [(person: Int, action: Action)]] = [:]
  private var step = 0
  private var pace: Pace
  private var seen: [String] = []

  private static let stepsPerSecond = 4

  init(_ script: Script, seed: UInt64) throws {
    self.script = script
    random = SplitMix64(seed: seed)
    event = try ScriptedEvent(
      QueueSettings(admissionRate: script.rates[0].rate, admissionBurst: script.burst))
    start = event.now
    pace = Pace(try event.pulse())
  }

  /// Lets the whole time pass.
  func run() throws {
    while now < script.seconds {
      try event.advance(.milliseconds(1000 / Self.stepsPerSecond))
      step += 1
      if step % Self.stepsPerSecond == 0 { try passSecond() }
      try join()
      let actions = agenda.removeValue(forKey: step) ?? []
      try poll(actions.filter { $0.action == .poll }.map(\.person))
      for (person, action) in actions { try act(person, action) }
    }
  }

  private var now: Double { Double(step) / Double(Self.stepsPerSecond) }

  private func plan(_ action: Action, of person: Int, in seconds: Double) {
    let steps = max(1, Int((seconds * Double(Self.stepsPerSecond)).rounded()))
    agenda[step + steps, default: []].append((person, action))
  }

  private func exponential(_ mean: Double) -> Double {
    -mean * log(1 - Double.random(in: 0..<1, using: &random))
  }

  // MARK: Once a second

  private func passSecond() throws {
    for change in script.rates where change.from == now { try event.set("rate", "\(change.rate)") }
    if case .parked(let some, _, _) = try event.park() { parked += some }
    pace.observe(try event.pulse(seen))
    seen = []
    longestLine = max(longestLine, pace.snapshot.length)
  }

  // MARK: People

  private func join() throws {
    let rate = script.arrivals.last { $0.from <= now }?.rate ?? 0
    var users: [String] = []
    var wait = exponential(1)
    while wait < rate / Double(Self.stepsPerSecond) {
      users.append("p\(people.count + users.count)")
      wait += exponential(1)
    }
    guard !users.isEmpty else { return }
    let terms = pace.terms(at: event.now)
    for (user, answer) in zip(users, try event.join(users, terms: terms)) {
      guard case .joined(let ticket, _, let eta, _) = answer else {
        throw TestFailure("\(user) did not join")
      }
      people.append(Person(name: user, ticket: ticket))
      settle(people.count - 1, eta: eta)
    }
  }

  /// Decides what will become of a person who just joined.
  private func settle(_ person: Int, eta: ETA) {
    pollAgain(person, eta: eta)
    switch Double.random(in: 0..<1, using: &random) {
    case ..<0.2: plan(.leave, of: person, in: exponential(400))
    case ..<0.4: plan(.fallSilent, of: person, in: exponential(400))
    default: break
    }
  }

  /// Everyone in `group` polls. Far from the door only their presence matters.
  private func poll(_ group: [Int]) throws {
    let group = group.filter { people[$0].isPresent && !people[$0].isOver }
    seen += group.map { people[$0].name }
    let near = group.filter { people[$0].expects - now < 60 }
    for person in group where people[person].expects - now >= 60 {
      let rest = Int(people[person].expects - now)
      pollAgain(person, eta: ETA(seconds: rest, low: rest, high: rest))
    }
    guard !near.isEmpty else { return }
    let ranks = try event.redis.send(
      pipeline: near.map { ["ZRANK", event.keys.waiting.text, people[$0].name] })
    let calls = try event.redis.send(
      pipeline: near.map { ["ZSCORE", event.keys.ready.text, people[$0].name] })
    for ((person, rank), call) in zip(zip(near, ranks), calls) {
      guard case .integer(let rank) = rank else {
        _ = try event.resume(people[person].name, people[person].ticket)
        plan(.poll, of: person, in: 1)
        continue
      }
      let position = Int(rank) + 1
      let isCalled = call.text != nil
      if isCalled, !people[person].hasSeenReady {
        people[person].hasSeenReady = true
        plan(.enter, of: person, in: exponential(script.hesitation))
      }
      pollAgain(person, eta: isCalled ? .called : pace.eta(position: position, at: event.now))
    }
  }

  private func pollAgain(_ person: Int, eta: ETA) {
    people[person].expects = now + Double(eta.seconds ?? 0)
    let hint = PollHint.seconds(
      eta: eta, isShut: false, silenceAllowed: event.settings.presenceTTL, using: &random)
    plan(.poll, of: person, in: Double(hint))
  }

  private func act(_ person: Int, _ action: Action) throws {
    guard !people[person].isOver else { return }
    let (name, ticket) = (people[person].name, people[person].ticket)
    switch action {
    case .poll: break
    case .leave:
      people[person].isOver = true
      left += 1
      _ = try event.leave(name, ticket)
    case .fallSilent:
      people[person].isPresent = false
      if Bool.random(using: &random) { plan(.comeBack, of: person, in: exponential(120)) }
    case .comeBack:
      people[person].isPresent = true
      people[person].expects = now
      plan(.poll, of: person, in: 0)
    case .enter where people[person].isPresent: try enter(person)
    case .enter: people[person].hasSeenReady = false
    }
  }

  private func enter(_ person: Int) throws {
    switch try event.enter(people[person].name, people[person].ticket) {
    case .admitted(_, let waited, let promise):
      people[person].isOver = true
      pace.admitted(1)
      waits.append(Wait(promised: Double(promise?.eta ?? -1), actual: Double(waited) / 1e6))
    case .notReady, .paused: plan(.enter, of: person, in: 1)
    case .admittedBefore, .gone: throw TestFailure("\(people[person].name) was admitted before")
    }
  }
}

extension WaitSimulation: CustomStringConvertible {
  var description: String {
    "\(people.count) joined, \(waits.count) entered, \(left) left, \(parked) parked, "
      + "at most \(longestLine) in line"
  }
}
