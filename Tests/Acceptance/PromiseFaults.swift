import Foundation
import Locking
import TestSupport
import Testing

extension WholeProgram {
  /// A call is a promise: who is told "ready" gets in until it ends, through whatever front of whatever
  /// sidecar, whoever comes back ahead, and whatever operators set meanwhile.
  @Suite("a promise", .tags(.fault))
  struct PromiseFaults {
    private static let grantTTL = 2
    private static let flags = [
      "--fronts", "2", "--admission-burst", "20", "--admission-rate", "40", "--ready-ttl", "6s",
      "--grant-ttl", "\(grantTTL)s", "--presence-head-ttl", "3s", "--presence-ttl", "21s",
    ]

    @Test(
      "nobody who is called is refused, with two sidecars, returns, pauses and lowered limits",
      arguments: 1...Selection.amount(normal: 1, long: 20))
    func kept(seed: Int) throws {
      let first = try UsherFixture.operated(redis: .standalone, flags: Self.flags)
      let second = try first.another(
        flags: Self.flags, secret: nil, adminToken: UsherFixture.adminToken)
      let crowd = Crowd(
        fixtures: [first, second], people: Selection.amount(normal: 60, long: 250), seed: seed)
      let began = ContinuousClock.now
      let end = began + .seconds(24)
      let reports = try parallel(9) { thread -> [Crowd.Report] in
        if thread == 8 {
          try operate(second, until: end)
          return []
        }
        return try crowd.work(thread, until: end)
      }.joined()
      let kept = reports.count { $0 == .kept }
      #expect(reports.filter { $0 != .kept && $0 != .paused } == [])
      #expect(kept > 100)
      let trail = try AuditTrail(of: "show", in: first.store)
      #expect(trail.admissions.count >= kept)
      // No call goes to one who is silent just then: the trail does not say who that was.
      let faults = trail.overtaking(burst: 20, rate: 40, grantTTL: Double(Self.grantTTL))
      #expect(faults.filter { !$0.contains("is called before") }.prefix(5) == [])
      let page = try MetricsPage(first.usher)
      #expect(
        try page.sum("usher_queue_overtakes_total", ["event": "show", "cause": "fault"]) == 0)
      #expect(trail.entries.contains { $0.operation == "resume" })
      #expect(trail.entries.contains { $0.operation == "no_show" })
    }

    /// What an operator does on such a day.
    private func operate(_ fixture: UsherFixture, until end: ContinuousClock.Instant) throws {
      let changes = [
        #"{"burst":8}"#, #"{"active_limit":12}"#, #"{"state":"paused"}"#, #"{"state":"open"}"#,
        #"{"burst":25,"active_limit":30}"#, #"{"burst":3}"#, #"{"burst":30,"active_limit":0}"#,
      ]
      for change in changes {
        usleep(2_500_000)
        let answer = try fixture.patch("show", change)
        #expect(answer.status == 200, "\(answer.text)")
      }
    }
  }
}

/// People who poll through two sidecars, and enter, or do not.
private struct Crowd {
  /// What came of an enter that was sent within a promise.
  enum Report: Equatable {
    case kept
    case paused
    case broken(String)
  }

  private enum Habit: CaseIterable {
    case eager
    case late
    /// Only polls.
    case idle
    /// Is silent for some seconds now and then.
    case sleepy
  }

  private struct Person {
    let token: String
    let habit: Habit
    var nextPoll: Double
  }

  let fixtures: [UsherFixture]
  let people: Int
  let seed: Int

  /// Does what the people of one thread do, and reports what came of each promise.
  func work(_ thread: Int, until end: ContinuousClock.Instant) throws -> [Report] {
    let gateways = fixtures.map { $0.gateway() }
    var random = SystemRandomNumberGenerator()
    var people: [Person] = []
    for number in 0..<self.people {
      // The same habits with the same seed.
      let habit = Habit.allCases[(number * 7 + thread * 3 + seed * 5) % 11 % 4]
      let token = try gateways[number % 2].token(joining: "show", as: "\(thread)/\(number)")
      people.append(Person(token: token, habit: habit, nextPoll: 0))
    }
    let began = ContinuousClock.now
    func seconds() -> Double { (ContinuousClock.now - began) / .seconds(1) }
    var reports: [Report] = []
    while ContinuousClock.now < end, !people.isEmpty {
      for place in people.indices.reversed() where people[place].nextPoll <= seconds() {
        let person = people[place]
        let gateway = gateways[Int.random(in: 0...1, using: &random)]
        let answer = try gateway.status(of: person.token)
        guard answer.status == 200 else {
          reports.append(.broken("status: \(answer.text)"))
          people.remove(at: place)
          continue
        }
        let pause = person.habit == .sleepy ? Double.random(in: 0.5...7) : 0.7
        people[place].nextPoll = seconds() + pause
        guard try answer.text("status") == "ready", person.habit != .idle else { continue }
        if let report = try enter(person, answer, gateways, &random) {
          reports.append(report)
          if report == .kept { people.remove(at: place) }
        }
      }
      usleep(2000)
    }
    return reports
  }

  /// Enters within the promise that the answer makes; nil if the time was over before it was sent.
  private func enter(
    _ person: Person, _ promise: HTTPResponse, _ gateways: [Gateway],
    _ random: inout SystemRandomNumberGenerator
  ) throws -> Report? {
    let within = Double(try promise.integer("enter_within_sec"))
    let told = ContinuousClock.now
    if person.habit == .late { usleep(UInt32(Double.random(in: 0...0.2, using: &random) * 1e6)) }
    guard (ContinuousClock.now - told) / .seconds(1) < within else { return nil }
    let answer = try gateways[Int.random(in: 0...1, using: &random)].enter(with: person.token)
    if answer.status == 200 { return .kept }
    if answer.errorCode == "PAUSED" { return .paused }
    return .broken("told \(promise.text), then \(answer.text)")
  }
}
