import TestSupport
import Testing

@testable import Queue

@Suite("What operators do to people")
struct SteeringScriptTests {
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(QueueSettings(admissionRate: 1, admissionBurst: 1))
  }

  private func tickets(of users: String...) throws -> [String: Int64] {
    Dictionary(uniqueKeysWithValues: try users.map { ($0, try event.ticket(of: $0)) })
  }

  // MARK: Admit

  @Test("whom an operator calls enters in a pause, by a token of its own, ahead of the others")
  func admit() throws {
    let tickets = try tickets(of: "a", "b", "c")
    _ = try event.change(SettingsPatch([.state: "paused", .activeLimit: "1"]))
    #expect(try event.admit("c") == .called(position: 3, callLeft: 60_000, isNew: true))
    #expect(try event.admit("c") == .called(position: 3, callLeft: 60_000, isNew: false))
    #expect(try event.enter("c", tickets["c"]!).isAdmitted)
    guard case .paused = try event.enter("a", tickets["a"]!) else { return #expect(Bool(false)) }
    #expect(try event.pulse().overtakes == .init(byOperator: 1))
    _ = try event.change(SettingsPatch([.state: nil, .activeLimit: nil]))
    #expect(try event.enter("a", tickets["a"]!).isAdmitted)
    try event.advance(.seconds(1))
    #expect(try event.enter("b", tickets["b"]!).isAdmitted)
    #expect(
      try event.trail().contains(
        "op admit user c ticket \(tickets["c"]!) who operator trace trace"))
  }

  @Test("an operator's call leaves the bucket as it is, and is not made twice by its turn")
  func token() throws {
    let tickets = try tickets(of: "a", "b", "c", "d")
    #expect(try event.pulse().called == 1)
    try event.admit("c")
    #expect(try event.pulse().called == 2)
    #expect(try event.enter("a", tickets["a"]!).isAdmitted)
    try event.advance(.seconds(1))
    #expect(try event.enter("b", tickets["b"]!).isAdmitted)
    try event.advance(.seconds(1))
    // It is the turn of the one behind.
    #expect(try event.enter("d", tickets["d"]!).isAdmitted)
    #expect(try event.enter("c", tickets["c"]!).isAdmitted)
    #expect(try event.pulse().overtakes == .init())
  }

  @Test("an operator's call that ends counts nowhere: the person waits as before")
  func lapse() throws {
    _ = try event.change(SettingsPatch([.rate: "0", .readyTTL: "5s"]))
    try event.join("a", "b")
    try event.admit("b")
    try event.pulse("a", "b")
    try event.advance(.seconds(6))
    let line = try event.pulse("a", "b")
    #expect(line.noShows == 1)
    #expect(try event.person("a").state.0 == .noShow)
    #expect(try event.trail().contains { $0.hasPrefix("op lapse user b") })
    // By the token that is free again.
    #expect(line.called == 1)
    let person = try event.person("b")
    #expect(person.state.0 == .ready && !person.isCalledByOperator && person.missedCalls == 0)
  }

  @Test("a parked person is called at their place; who does not wait is not")
  func parkedAndOthers() throws {
    let tickets = try tickets(of: "a", "b")
    #expect(try event.admit("nobody") == .unknown)
    #expect(try event.enter("a", tickets["a"]!).isAdmitted)
    #expect(try event.admit("a") == .inside)
    for _ in 0..<20 {
      try event.advance(.seconds(5))
      try event.pulse("x")
      _ = try event.park(watching: .seconds(100))
    }
    #expect(try event.person("b").state.0 == .parked)
    #expect(try event.admit("b") == .called(position: 1, callLeft: 60_000, isNew: true))
    #expect(try event.enter("b", tickets["b"]!).isAdmitted)
  }

  // MARK: Remove

  @Test("who is removed has no place any more, wherever they were, and may join again")
  func remove() throws {
    let tickets = try tickets(of: "a", "b", "c")
    #expect(try event.remove("nobody") == .unknown)
    #expect(try event.remove("b") == .removed(.waiting, until: 0))
    #expect(try event.line() == ["a", "c"])
    #expect(try event.resume("b", tickets["b"]!) == .gone(.removed))
    #expect(try event.leave("b", tickets["b"]!) == .gone(.removed))
    #expect(try event.person("b").state.0 == .removed)
    let again = try event.ticket(of: "b")
    #expect(try event.line() == ["a", "c", "b"])
    #expect(try event.leave("b", again) == .left)
    #expect(try event.resume("b", again) == .gone(.left))
    #expect(try event.person("b").state.0 == .left)
    #expect(
      try event.trail().contains(
        "op remove user b ticket \(tickets["b"]!) was waiting until 0 who operator trace trace"))
  }

  @Test("who is removed from inside has no session, and no grant again")
  func removeInside() throws {
    let ticket = try event.ticket(of: "a")
    guard case .admitted(let began, _, _) = try event.enter("a", ticket) else {
      return #expect(Bool(false))
    }
    #expect(try event.remove("a") == .removed(.inside, until: 0))
    #expect(try event.pulse().inside == 0)
    #expect(
      try event.send("ZRANGE", event.keys.ended.text, "0", "-1").texts == ["\(began):a"])
    #expect(try event.resume("a", ticket) == .gone(.removed))
    #expect(try event.person("a").state.0 == .removed)
  }

  @Test("who is kept out may join when that is over, and nobody else is kept out")
  func block() throws {
    let until = event.now / 1000 + 60_000
    #expect(try event.remove("a", keepingOutFor: .seconds(60)) == .removed(.absent, until: until))
    #expect(try event.join("a") == [.keptOut(until: until)])
    #expect(try event.person("a").keptOutUntil == until * 1000)
    try event.join("b")
    #expect(try event.line() == ["b"])
    try event.advance(.seconds(60))
    let ticket = try event.ticket(of: "a")
    #expect(try event.leave("a", ticket) == .left)
    #expect(try event.resume("a", ticket) == .gone(.left))
  }

  // MARK: Reset

  @Test("a reset removes everyone, in steps, and leaves settings and what is for sale")
  func reset() throws {
    #expect(try event.reset() == .unknown)
    event.settings.admissionBurst = 1200
    _ = try event.change(SettingsPatch([.queueLimit: "5000"]))
    try event.send("SET", ForSaleKeys(event.keys.event).inventory.text, "4")
    let people = (0..<1150).map { "p\($0)" }
    var tickets: [String: Int64] = [:]
    for start in stride(from: 0, to: people.count, by: 50) {
      let users = Array(people[start..<start + 50])
      for case (let user, .joined(let ticket, _, _, _)) in zip(users, try event.join(users)) {
        tickets[user] = ticket
      }
      try event.enter(users.map { ShownToken(user: $0, ticket: tickets[$0]!, stamp: tickets[$0]!) })
    }
    let waiting = try event.ticket(of: "waits")
    guard case .step(let first, let next?) = try event.reset() else { return #expect(Bool(false)) }
    #expect(first == Removed(waiting: 1, inside: 500))
    let later = try event.ticket(of: "later")
    #expect(try event.enter("later", later).isAdmitted)
    var (passing, removed): (Int?, Removed) = (next, first)
    while let now = passing {
      guard case .step(let more, let next) = try event.reset(passing: now) else {
        return #expect(Bool(false))
      }
      removed += more
      passing = next
    }
    #expect(removed == Removed(waiting: 1, inside: 1150))
    #expect(try event.send("ZRANGE", event.keys.inside.text, "0", "-1").texts == ["later"])
    #expect(try event.send("ZCARD", event.keys.ended.text) == .integer(1150))
    #expect(try event.resume("waits", waiting) == .gone(.removed))
    #expect(try event.resume("p0", tickets["p0"]!) == .gone(.admitted))
    let reading = try event.reading()
    #expect(reading.stored.settings[.queueLimit] == "5000")
    #expect(reading.live.remaining == 4)
    #expect(reading.live.joined == 1)
  }

  // MARK: Look-up

  @Test("the head of the line is told in order, page by page")
  func head() throws {
    try event.join((0..<10).map { "p\($0)" })
    let first = try event.head(limit: 4)
    #expect(first.map(\.user.text) == ["p0", "p1", "p2", "p3"])
    #expect(first.map(\.position) == [1, 2, 3, 4])
    #expect(first[0].state.0 == .ready && first[1].state.0 == .waiting)
    #expect(try event.head(passing: 8, limit: 4).map(\.user.text) == ["p8", "p9"])
  }
}
