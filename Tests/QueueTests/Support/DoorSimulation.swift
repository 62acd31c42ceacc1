import Foundation

@testable import Queue

/// Hours at the door in virtual time: people join, poll as they are told, lose patience, fall silent, come
/// back, enter late or never; an operator changes what there is to change. The line is a ``PlainLine``, and
/// what people are told comes from ``Pace`` as a front would ask it.
///
/// The same seed brings the same hours.
struct DoorSimulation {
  private enum Action {
    case poll, enter, leave, fallSilent, comeBack
  }

  private struct Person {
    var isPresent = true
    /// Admitted, or gone for good.
    var isOver = false
    var isEntering = false
    var isNoShow = false
    /// What was told first since the last change of a setting: that is what is measured.
    var told: Told?
  }

  private struct Told {
    let at: Double
    let eta: ETA
    let old: Double
    let wasJoin: Bool
  }

  private(set) var report = WaitReport()
  private(set) var left = 0
  private(set) var parked = 0
  private(set) var longestLine = 0
  private(set) var admitted = 0

  private let script: DoorScript
  private var line: PlainLine
  private var random: SplitMix64
  private var people: [Person] = []
  /// Behind it the calls have not come yet.
  private var firstWaiting = 0
  private var agenda: [Int: [(person: Int, action: Action)]] = [:]
  private var step = 0
  private var pace: Pace
  private var old: PaceOfVersion01
  private var calibration = Calibration()
  private var door = DoorScript.Door.open

  private static let stepsPerSecond = 2

  init(_ script: DoorScript, seed: UInt64) {
    self.script = script
    random = SplitMix64(seed: seed)
    line = PlainLine(rate: script.rates[0].rate, burst: script.burst)
    (pace, old) = (Pace(line.snapshot), PaceOfVersion01(line.snapshot))
  }

  /// Lets the whole time pass.
  mutating func run() {
    while now < script.seconds {
      step += 1
      line.pass(to: now)
      if step % Self.stepsPerSecond == 0 { passSecond() }
      join()
      line.callNext()
      let actions = agenda.removeValue(forKey: step) ?? []
      for (person, action) in actions where !people[person].isOver { act(person, action) }
    }
  }

  private var now: Double { Double(step) / Double(Self.stepsPerSecond) }

  private mutating func plan(_ action: Action, of person: Int, in seconds: Double) {
    let steps = max(1, Int((seconds * Double(Self.stepsPerSecond)).rounded()))
    agenda[step + steps, default: []].append((person, action))
  }

  private mutating func exponential(_ mean: Double) -> Double {
    -mean * log(1 - Double.random(in: 0..<1, using: &random))
  }

  // MARK: Once a second

  private mutating func passSecond() {
    var isChanged = false
    if let change = script.rates.first(where: { $0.from == now && now > 0 }) {
      line.rate = door == .stopped ? 0 : change.rate
      isChanged = true
    }
    if let change = script.doors.first(where: { $0.from == now && now > 0 }) {
      turn(to: change.door)
      isChanged = true
    }
    parked += line.park()
    line.callNext()
    let snapshot = line.snapshot
    pace.observe(snapshot)
    old.observe(snapshot)
    calibration.observe(snapshot)
    (pace.margins, pace.barredMargins) = (
      calibration.margins(barred: false), calibration.margins(barred: true)
    )
    longestLine = max(longestLine, snapshot.length)
    measure()
    // What was told before says nothing any more.
    if isChanged { for person in firstWaiting..<people.count { people[person].told = nil } }
  }

  private mutating func turn(to next: DoorScript.Door) {
    let rate = script.rates.last { $0.from <= now }?.rate ?? 1
    (line.activeLimit, line.seats, line.holds) = (0, nil, [])
    line.isPaused = next == .paused
    line.rate = next == .stopped ? 0 : rate
    if case .limited(let people) = next { line.activeLimit = people }
    if case .held(let seats) = next {
      line.seats = 0
      for _ in 0..<seats {
        line.holds.append(now + script.stay * .random(in: 0...1.5, using: &random))
      }
    }
    door = next
  }

  /// Those to whom the calls have come have waited for so long.
  private mutating func measure() {
    while firstWaiting < people.count, line.isPassed(firstWaiting) {
      let person = people[firstWaiting]
      firstWaiting += 1
      guard let told = person.told, person.isPresent, !person.isOver else { continue }
      report.add(told.eta, old: told.old, actual: now - told.at, wasJoin: told.wasJoin)
    }
  }

  // MARK: People

  private mutating func join() {
    let rate = script.arrivals.last { $0.from <= now }?.rate ?? 0
    var wait = exponential(1)
    while wait < rate / Double(Self.stepsPerSecond) {
      let person = line.join()
      people.append(Person())
      line.callNext()
      // The script promises by the bucket as it is when it runs.
      let prospect = Prospect(line.snapshot, pace.terms(at: line.time), at: line.time)
      settle(person)
      tell(person, by: prospect, wasJoin: true)
      wait += exponential(1)
    }
  }

  /// Decides what will become of a person who just joined.
  private mutating func settle(_ person: Int) {
    let (_, share, patience) = script.impatience.last { $0.from <= now } ?? (0, 0, 1)
    let noShows = script.noShows.last { $0.from <= now }?.share ?? 0
    people[person].isNoShow = Double.random(in: 0..<1, using: &random) < noShows
    switch Double.random(in: 0..<1, using: &random) {
    case ..<(share / 2): plan(.leave, of: person, in: exponential(patience))
    case ..<share: plan(.fallSilent, of: person, in: exponential(patience))
    default: break
    }
  }

  /// Tells a person how things are, and when to poll again.
  private mutating func tell(_ person: Int, by prospect: Prospect, wasJoin: Bool = false) {
    let position = line.position(of: person)
    let isCalled = line.isCalled(person)
    if isCalled, !people[person].isEntering, !people[person].isNoShow {
      people[person].isEntering = true
      plan(.enter, of: person, in: exponential(script.hesitation))
    }
    let eta = isCalled ? .called : prospect.eta(position: position)
    if !isCalled, !line.isPassed(person) {
      let isShut = door == .paused || door == .stopped && eta.seconds ?? 0 > 1
      report.check(eta, shut: isShut)
      calibration.note(
        Ticket(microseconds: line.ticket(of: person)), eta, by: prospect, at: line.time)
      if people[person].told == nil {
        let before = old.eta(position: position, at: line.time)
        people[person].told = Told(at: now, eta: eta, old: before, wasJoin: wasJoin)
      }
    }
    let isNear = pace.isNearDoor(position: position, at: line.time)
    let hint = PollHint.seconds(
      eta: eta, isShut: !isCalled && prospect.starts > 0,
      silenceAllowed: .seconds(isNear ? line.headTTL : line.presenceTTL), using: &random)
    plan(.poll, of: person, in: Double(hint))
  }

  private mutating func act(_ person: Int, _ action: Action) {
    switch action {
    case .poll where people[person].isPresent:
      line.see(person)
      line.comeBack(person)
      tell(person, by: pace.prospect(at: line.time))
    case .poll: break
    case .leave:
      people[person].isOver = true
      left += 1
      line.leave(person)
    case .fallSilent:
      people[person].isPresent = false
      if Bool.random(using: &random) { plan(.comeBack, of: person, in: exponential(120)) }
    case .comeBack:
      people[person].isPresent = true
      plan(.poll, of: person, in: 0)
    case .enter where people[person].isPresent: enter(person)
    case .enter: people[person].isEntering = false
    }
  }

  private mutating func enter(_ person: Int) {
    let stay = script.stay * .random(in: 0.5...1.5, using: &random)
    guard line.enter(person, until: now + stay) else { return plan(.enter, of: person, in: 2) }
    people[person].isOver = true
    admitted += 1
    pace.admitted(1)
    if case .held = door {
      line.hold(until: now + script.stay * .random(in: 0.5...1.5, using: &random))
    }
  }
}

extension DoorSimulation: CustomStringConvertible {
  var description: String {
    "\(people.count) joined, \(admitted) entered, \(left) left, \(parked) parked, "
      + "at most \(longestLine) in line"
  }
}
