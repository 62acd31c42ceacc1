import TestSupport
import Testing

@testable import Queue

/// Version 0.1 and this one share one Redis while pods are replaced.
@Suite("Beside version 0.1")
final class RollingUpdateTests {
  private let event: ScriptedEvent
  private var old: Version01
  private var tick: Int64 = 0
  private var tickets: [String: Int64] = [:]
  private var admitted: Set<String> = []
  private var left: Set<String> = []
  private var order: [String] = []

  init() throws {
    event = try ScriptedEvent(
      QueueSettings(
        admissionRate: 0.5, admissionBurst: 3, presenceTTL: .seconds(3600),
        presenceHeadTTL: .seconds(3600)))
    old = try Version01(on: event)
  }

  private var known: Knowledge { Knowledge(tick: tick, time: event.now) }

  @Test(
    "nobody loses a place, and together they admit what one would", arguments: [1, 2, 3, 4, 5, 6])
  func histories(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let began = event.now
    for step in 0..<600 {
      let user = "p\(Int.random(in: 0..<(10 + step / 20), using: &random))"
      let isOld = Bool.random(using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0...2: try event.advance(.milliseconds(Int.random(in: 1...2000, using: &random)))
      case 3...4: try join(user, isOld)
      case 5...6: try resume(user, isOld)
      case 7: try enter(order.first ?? user, isOld)
      case 8: try enter(user, isOld)
      default:
        // The first in line enter, the last leave.
        if step % 4 == 0 { try leave(order.last ?? user, isOld) } else { try look(isOld) }
      }
      #expect(try event.line() == order)
      let allowed = 3 + 0.5 * Double(event.now - began) / 1e6
      #expect(Double(admitted.count) <= allowed + 1e-6)
      if isOld { continue }
      #expect(event.loss == nil)
      tick = max(tick, event.progress)
    }
    #expect(admitted.count > 15)
    #expect(left.count > 1)
  }

  private func join(_ user: String, _ isOld: Bool) throws {
    if admitted.contains(user) || left.contains(user) { return }
    let ticket: Int64
    let isNew: Bool
    if isOld {
      (ticket, isNew) = try old.join(user)
    } else {
      switch try event.join(user, knowing: known)[0] {
      case .joined(let new, _, _, _): (ticket, isNew) = (new, true)
      case .waiting(let present, _, _): (ticket, isNew) = (present, false)
      default: throw TestFailure("refused")
      }
    }
    #expect(isNew == (tickets[user] == nil))
    #expect(tickets[user] ?? ticket == ticket)
    if isNew {
      #expect(tickets.values.allSatisfy { $0 < ticket })
      order.append(user)
    }
    tickets[user] = ticket
  }

  private func end(of user: String) -> TicketEnd? {
    admitted.contains(user) ? .admitted : left.contains(user) ? .left : nil
  }

  private func resume(_ user: String, _ isOld: Bool) throws {
    guard let ticket = tickets[user] else { return }
    let position = order.firstIndex(of: user).map { $0 + 1 }
    if isOld {
      let place = try? old.resume(user, ticket).get()
      #expect(place == position)
    } else {
      switch try event.resume(user, ticket, knowing: known) {
      case .inLine(let place, let length, _, let isBack, _):
        #expect(place == position && length == order.count && !isBack)
      case .gone(let gone): #expect(gone.end == end(of: user))
      }
    }
  }

  private func enter(_ user: String, _ isOld: Bool) throws {
    guard let ticket = tickets[user] else { return }
    let isWaiting = order.contains(user)
    let isIn: Bool
    if isOld {
      let answer = try old.enter(user, ticket)
      isIn = (try? answer.get()) == true
      if !isWaiting, case .failure(let end) = answer { #expect(end.word != "NOT_READY") }
    } else {
      let answer = try event.enter(user, ticket, knowing: known)
      isIn = answer.admittedAt != nil
      if !isWaiting { #expect(answer.position == nil) }
    }
    if isIn {
      #expect(!left.contains(user))
      admitted.insert(user)
      order.removeAll { $0 == user }
    }
  }

  private func leave(_ user: String, _ isOld: Bool) throws {
    guard let ticket = tickets[user] else { return }
    let isWaiting = order.contains(user)
    if isOld {
      let answer = try old.leave(user, ticket)
      #expect((try? answer.get()) == (admitted.contains(user) ? nil : isWaiting))
    } else {
      let answer = try event.leave(user, ticket, knowing: known)
      let said: LeaveScript.Outcome =
        switch end(of: user) {
        case .left: .leftBefore
        case let end?: .gone(end)
        case nil: .left
        }
      #expect(answer == said)
    }
    if isWaiting {
      left.insert(user)
      order.removeAll { $0 == user }
    }
  }

  private func look(_ isOld: Bool) throws {
    if isOld {
      try old.pulse(order)
      try old.park()
    } else {
      try event.pulse(order, knowing: known)
      _ = try event.park(watching: .seconds(3600), knowing: known)
    }
  }

  @Test("what 0.1 makes anew after a loss admits no one, once this version has looked")
  func lossSeenHere() throws {
    let ticket = try event.ticket(of: "waits")
    tick = event.progress
    try event.loseEverything()
    try event.advance(.seconds(1))
    let newcomer = try old.join("newcomer").ticket
    try event.pulse(knowing: known)
    #expect(event.loss?.kind == .ticks)
    #expect(try old.enter("newcomer", newcomer) == .failure(.init(word: "NOT_READY")))
    #expect(try old.resume("waits", ticket) == .success(1))
    try event.advance(.seconds(26))
    #expect(try old.enter("waits", ticket) == .success(true))
  }

  @Test("what this version makes anew after a loss admits no one at 0.1")
  func lossSeenByBoth() throws {
    let ticket = try old.join("waits").ticket
    _ = try event.resume("waits", ticket)
    tick = event.progress
    try event.loseEverything()
    try event.advance(.seconds(1))
    let newcomer = try event.ticket(of: "newcomer", knowing: known)
    #expect(try old.enter("newcomer", newcomer) == .failure(.init(word: "NOT_READY")))
    #expect(try old.resume("waits", ticket) == .success(1))
    #expect(try event.line() == ["waits", "newcomer"])
  }
}
