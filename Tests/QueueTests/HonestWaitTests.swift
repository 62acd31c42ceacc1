import TestSupport
import Testing

@testable import Queue

@Suite("An honest wait")
struct HonestWaitTests {
  /// A line of so many people, all of whom poll as they are told.
  private struct Crowd {
    var random = SplitMix64(seed: 7)
    /// When each polls next, in seconds, and the longest that one was silent.
    var next: [Double]
    var last: [Double]
    var longestSilence = 0.0
    private(set) var now = 0.0

    init(_ people: Int) {
      next = (0..<people).map { _ in 0 }
      last = next
    }

    /// Lets so many seconds pass while the line stands like that; says how many requests each brought.
    mutating func pass(_ seconds: Int, _ snapshot: LineSnapshot) -> [Int] {
      let pace = Pace(snapshot)
      let prospect = pace.prospect(at: snapshot.time)
      return (0..<seconds).map { _ in
        now += 1
        var polls = 0
        for person in next.indices where next[person] < now {
          let position = person + 1
          let isNear = pace.isNearDoor(position: position, at: snapshot.time)
          let hint = PollHint.seconds(
            eta: prospect.eta(position: position), isShut: prospect.starts > 0,
            silenceAllowed: .seconds(isNear ? 15 : 60), using: &random)
          longestSilence = max(longestSilence, next[person] - last[person])
          last[person] = next[person]
          next[person] += Double(hint)
          polls += 1
        }
        return polls
      }
    }
  }

  @Test(
    "a pause of a line of 10,000 lowers the requests within 30 s to 750 a second, and nobody is silent for long",
    arguments: [10.0, 100])
  func pause(rate: Double) {
    var crowd = Crowd(10_000)
    var line = LineSnapshot(
      time: 1_000_000_000, length: 10_000, tokens: 0, rate: rate, burst: 100)
    let busy = crowd.pass(120, line).suffix(60).reduce(0, +) / 60
    line.state = .paused
    _ = crowd.pass(30, line)
    crowd.longestSilence = 0
    let paused = crowd.pass(300, line)
    let most = stride(from: 0, to: 300, by: 5).map { paused[$0..<$0 + 5].reduce(0, +) / 5 }.max()
    print("10,000 people at a rate of \(rate): \(busy) requests a second, paused \(most ?? 0)")
    #expect(busy > 750)
    #expect(most ?? .max <= 750)
    #expect(crowd.longestSilence <= 20)
  }

  @Test("nobody loses the place in a pause of five minutes, and nobody is passed over behind it")
  func pausedFiveMinutes() throws {
    let event = try ScriptedEvent(QueueSettings(admissionRate: 5, admissionBurst: 20))
    let users = (0..<250).map { "p\($0)" }
    try event.join(users)
    try event.set("state", "paused")
    var random = SplitMix64(seed: 11)
    var next = users.map { _ in Int.random(in: 1...20, using: &random) }
    func pass(_ seconds: ClosedRange<Int>) throws {
      for second in seconds {
        try event.advance(.seconds(1))
        let due = users.indices.filter { next[$0] == second }
        let snapshot = try event.pulse(due.map { users[$0] })
        let pace = Pace(snapshot)
        for person in due {
          let eta = pace.eta(position: person + 1, at: event.now)
          let isNear = pace.isNearDoor(position: person + 1, at: event.now)
          next[person] += PollHint.seconds(
            eta: eta, isShut: false, silenceAllowed: .seconds(isNear ? 15 : 60), using: &random)
        }
        #expect(try event.park(watching: .seconds(second)) == .parked(0, forgotten: 0))
      }
    }
    try pass(1...300)
    #expect(try event.line() == users)
    try event.set("state", "open")
    try pass(301...310)
    #expect(try event.send("ZCARD", event.keys.ahead.text) == .integer(0))
    #expect(try event.line() == users)
  }

  @Test("of 3,000 who join in the first second, nine in ten are first told what they were promised")
  func firstSecond() throws {
    let event = try ScriptedEvent()
    var pace = Pace(try event.pulse())
    var promised: [(user: String, ticket: Int64, eta: Int, at: Int64)] = []
    var tickets: [String: Int64] = [:]
    for batch in 0..<12 {
      let users = (0..<250).map { "p\(batch)-\($0)" }
      for (user, answer) in zip(users, try event.join(users, terms: pace.terms(at: event.now))) {
        guard case .joined(let ticket, _, let eta, let left) = answer else { continue }
        tickets[user] = ticket
        guard left == 0 else { continue }
        promised.append((user, ticket, try #require(eta.seconds), event.now))
      }
      try event.advance(.milliseconds(80))
    }
    #expect(promised.count == 2900)
    var random = SplitMix64(seed: 3)
    var close = 0
    let polls = promised.map { promise in
      let eta = ETA(seconds: promise.eta, low: promise.eta, high: promise.eta)
      let hint = PollHint.seconds(
        eta: eta, isShut: false, silenceAllowed: .seconds(60), using: &random)
      return (promise, at: promise.at + Int64(hint) * 1_000_000)
    }
    for _ in 1...21 {
      try event.advance(.seconds(1))
      // Those who are called come in.
      let called = try event.send("ZRANGE", event.keys.ready.text, "0", "-1").texts
      let shown = called.map { user in
        ShownToken(user: user, ticket: tickets[user]!, stamp: tickets[user]!)
      }
      if !shown.isEmpty { try event.enter(shown) }
      pace.observe(try event.pulse())
      for (promise, at) in polls where at <= event.now && at > event.now - 1_000_000 {
        let rank = try event.send("ZRANK", event.keys.waiting.text, promise.user).integer
        guard let rank else { continue }
        let told = pace.eta(position: Int(rank) + 1, at: event.now).seconds ?? 0
        if abs(told - promise.eta) * 5 < promise.eta { close += 1 }
      }
    }
    print("\(close) of \(promised.count) were first told what they were promised")
    #expect(close * 10 >= promised.count * 9)
  }
}
