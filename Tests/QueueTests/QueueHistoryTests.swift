import TestSupport
import Testing

@testable import Queue

@Suite("Random histories")
struct QueueHistoryTests {
  @Test("of fifty people go as the rules say, step by step", arguments: [1, 2, 3, 4])
  func histories(seed: UInt64) throws {
    var history = try History(seed: seed)
    for _ in 0..<2500 { try history.step() }
    // A history in which nothing happens proves nothing.
    #expect(history.admissions > 100)
    #expect(history.parked > 50)
    #expect(history.resumed > 50)
    #expect(history.losses > 2)
    #expect(history.longestLine > 25)
  }
}

/// Fifty people do at random what people do, to the scripts and to the model.
private struct History {
  private(set) var admissions = 0
  private(set) var parked = 0
  private(set) var resumed = 0
  private(set) var losses = 0
  private(set) var longestLine = 0

  private let event: ScriptedEvent
  private var model: LineModel
  private var random: SplitMix64
  private var steps = 0
  private let people = (0..<50).map { "p\($0)" }
  /// Every ticket that a person ever got.
  private var tickets: [String: [Int64]] = [:]

  init(seed: UInt64) throws {
    let settings = QueueSettings(
      admissionRate: 0.37, admissionBurst: 3, grantTTL: .seconds(20), ticketTTL: .seconds(400),
      presenceTTL: .seconds(30), presenceHeadTTL: .seconds(8))
    event = try ScriptedEvent(settings)
    model = LineModel(settings)
    random = SplitMix64(seed: seed)
  }

  mutating func step() throws {
    steps += 1
    switch Int.random(in: 0..<1000, using: &random) {
    case ..<250: try pass()
    case ..<430: try join()
    case ..<560: try resume()
    case ..<800: try enter()
    case ..<840: try leave()
    case ..<970: try pulse()
    case ..<997: try operate()
    default: try lose()
    }
    #expect(try event.line() == model.order, "after step \(steps)")
    longestLine = max(longestLine, model.line.count)
  }

  private mutating func somebody() -> String { people.randomElement(using: &random)! }

  /// A person with one of the tickets that this person has, most often the latest.
  private mutating func holder() -> (user: String, ticket: Int64)? {
    let user = somebody()
    guard let own = tickets[user], let latest = own.last else { return nil }
    let isLatest = Int.random(in: 0..<4, using: &random) > 0
    return (user, isLatest ? latest : own.randomElement(using: &random)!)
  }

  /// Time passes, now and then a little backwards, and the absent are parked.
  private mutating func pass() throws {
    let range = Int.random(in: 0..<20, using: &random) == 0 ? -3_000_000...(-1) : 1...4_000_000
    try event.advance(.microseconds(Int.random(in: range, using: &random)))
    guard case .parked(let people, _) = try event.park() else { return }
    let order = try event.line()
    let gone = model.order.filter { !order.contains($0) }
    #expect(gone.count == people, "parked in step \(steps)")
    #expect(model.parked(gone, at: event.now) == [], "parked in step \(steps)")
    parked += people
  }

  private mutating func join() throws {
    let users = (0..<Int.random(in: 1...6, using: &random)).map { _ in somebody() }
    let limit = Int.random(in: 0..<5, using: &random) == 0 ? 30 : 0
    let answers = try event.join(users, limit: limit)
    #expect(answers == model.join(users, limit: limit, at: event.now), "step \(steps)")
    for case (let user, .joined(let ticket, _, _)) in zip(users, answers) {
      tickets[user, default: []].append(ticket)
    }
  }

  private mutating func resume() throws {
    guard let (user, ticket) = holder() else { return }
    let answer = try event.resume(user, ticket)
    #expect(answer == model.resume(user, ticket, at: event.now), "step \(steps): \(user)")
    if case .inLine(_, _, _, true) = answer { resumed += 1 }
  }

  private mutating func enter() throws {
    // Those near the door try most.
    let first = model.order.first.flatMap { user in tickets[user]?.last.map { (user, $0) } }
    guard let (user, ticket) = Bool.random(using: &random) ? first : holder() else { return }
    let answer = try event.enter(user, ticket)
    let expected = model.enter(user, ticket, at: event.now)
    #expect(answer.isAbout(expected), "step \(steps): \(user) \(answer), not \(expected)")
    if answer.isAdmitted { admissions += 1 }
  }

  private mutating func leave() throws {
    guard let (user, ticket) = holder() else { return }
    let answer = try event.leave(user, ticket)
    #expect(answer == model.leave(user, ticket, at: event.now), "step \(steps): \(user)")
  }

  private mutating func pulse() throws {
    let users = people.filter { _ in Bool.random(using: &random) }
    model.saw(users, at: event.now)
    let line = try event.pulse(users)
    #expect(line.length == model.line.count, "step \(steps)")
    #expect(abs(line.tokens - model.tokens(at: event.now)) < 1e-3, "step \(steps)")
  }

  private mutating func operate() throws {
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      model.ownRate = Double.random(in: 0.1...2, using: &random)
      try event.set("rate", "\(model.ownRate ?? 0)")
    case 1:
      model.ownBurst = Double(Int.random(in: 1...6, using: &random))
      try event.set("burst", "\(model.ownBurst ?? 0)")
    default:
      model.state = ["open", "open", "paused", "closed"].randomElement(using: &random)!
      try event.set("state", model.state)
    }
  }

  private mutating func lose() throws {
    losses += 1
    try event.loseEverything()
    model.lose()
  }
}

extension EnterScript.Outcome {
  /// Whether it is the same, but for the last digits of the tokens.
  fileprivate func isAbout(_ other: EnterScript.Outcome) -> Bool {
    switch (self, other) {
    case (
      .admitted(let at, let waited, let promise, let tokens),
      .admitted(let at2, let waited2, let promise2, let others)
    ):
      return (at, waited, promise) == (at2, waited2, promise2) && abs(tokens - others) < 1e-3
    case (.notReady(let denial), .notReady(var expected)):
      guard abs(denial.tokens - expected.tokens) < 1e-3 else { return false }
      expected.tokens = denial.tokens
      return denial == expected
    default: return self == other
    }
  }
}
