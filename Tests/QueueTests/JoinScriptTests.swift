import TestSupport
import Testing

@testable import Queue

@Suite("join.lua")
struct JoinScriptTests {
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent()
  }

  @Test("a batch gets places in the order given, each ticket later than the one before")
  func order() throws {
    let now = event.now
    #expect(
      try event.join("c", "a", "b") == [
        .joined(ticket: now, position: 1, eta: 0),
        .joined(ticket: now + 1, position: 2, eta: 0),
        .joined(ticket: now + 2, position: 3, eta: 0),
      ])
    #expect(try event.line() == ["c", "a", "b"])
  }

  @Test("batches of the same microsecond stand one behind the other")
  func sameMicrosecond() throws {
    try event.join("a", "b")
    try event.join("c")
    try event.join("d", "e")
    #expect(try event.line() == ["a", "b", "c", "d", "e"])
  }

  @Test("when the clock steps back, tickets still grow")
  func clockStepsBack() throws {
    let first = try event.ticket(of: "a")
    try event.advance(.seconds(-3600))
    #expect(try event.ticket(of: "b") == first + 1)
    try event.advance(.seconds(3600))
    #expect(try event.ticket(of: "c") == first + 2)
    #expect(try event.line() == ["a", "b", "c"])
  }

  @Test("whoever waits already keeps the place and hears of the same ticket")
  func duplicate() throws {
    let tickets = [try event.ticket(of: "a"), try event.ticket(of: "b")]
    try event.advance(.seconds(1))
    #expect(
      try event.join("b", "c", "a") == [
        .waiting(ticket: tickets[1], position: 2),
        .joined(ticket: event.now, position: 3, eta: 0),
        .waiting(ticket: tickets[0], position: 1),
      ])
    #expect(try event.state("joined") == "3")
  }

  @Test("a person who stands in a batch more than once joins once")
  func duplicateInBatch() throws {
    let now = event.now
    #expect(
      try event.join("a", "a", "b", "a") == [
        .joined(ticket: now, position: 1, eta: 0),
        .waiting(ticket: now, position: 1),
        .joined(ticket: now + 1, position: 2, eta: 0),
        .waiting(ticket: now, position: 1),
      ])
    #expect(try event.state("joined") == "2")
    #expect(try event.trail().count == 2)
  }

  @Test("closed doors refuse newcomers, and those in line keep their places")
  func closed() throws {
    let ticket = try event.ticket(of: "a")
    try event.set("state", "closed")
    #expect(
      try event.join("b", "a", "b") == [
        .closed, .waiting(ticket: ticket, position: 1), .closed,
      ])
    try event.set("state", "open")
    #expect(try event.ticket(of: "b") > ticket)
  }

  @Test("paused doors let people join, and so does a state that means nothing")
  func paused() throws {
    try event.set("state", "paused")
    try event.ticket(of: "a")
    try event.set("state", "CLOSED?")
    try event.ticket(of: "b")
  }

  @Test("a full line refuses whoever is one too many, also within a batch")
  func full() throws {
    let now = event.now
    #expect(
      try event.join("a", "b", "a", "c", limit: 2) == [
        .joined(ticket: now, position: 1, eta: 0),
        .joined(ticket: now + 1, position: 2, eta: 0),
        .waiting(ticket: now, position: 1),
        .full,
      ])
    #expect(try event.leave("a", now) == .left)
    #expect(
      try event.join("c", "d", limit: 2) == [
        .joined(ticket: now + 3, position: 2, eta: 0), .full,
      ])
  }

  @Test("an anonymous join that is repeated after admission makes no new place")
  func anonymous() throws {
    for user in ["anon-1", "named"] {
      #expect(try event.enter(user, event.ticket(of: user)).isAdmitted)
    }
    let answers = try event.join("anon-1", "named", "anon-2")
    #expect(answers[0] == .admitted)
    #expect(try event.line() == ["named", "anon-2"])
    let left = try event.ticket(of: "anon-3")
    #expect(try event.leave("anon-3", left) == .left)
    #expect(try event.ticket(of: "anon-3") > left)
  }

  @Test("the promise is for the place that is given, by the bucket as it is now")
  func promise() throws {
    event.settings.admissionRate = 2
    event.settings.admissionBurst = 3
    let people = (0..<200).map { "p\($0)" }
    let answers = try event.join(people)
    for (number, answer) in answers.enumerated() {
      guard case .joined(_, let position, let eta) = answer else { throw TestFailure("\(answer)") }
      #expect(position == number + 1)
      #expect(eta == (max(0, number + 1 - 3) + 1) / 2)
    }
    // Two seconds later the bucket is as full as before; its burst covers the same three.
    try event.advance(.seconds(2))
    #expect(try event.join("late") == [.joined(ticket: event.now, position: 201, eta: 99)])
  }

  @Test("the promise is what those who wait are told", arguments: [10, 7], [0.0, 0.001, 0.02])
  func promiseOfPace(admittedEachSecond: Int64, leaving: Double) throws {
    event.settings.admissionRate = 10
    event.settings.admissionBurst = 20
    // A line that uses all or a part of its refill, and loses a share of its people.
    var line = LineSnapshot(time: event.now, length: 500, tokens: 20, rate: 10, burst: 20)
    line.created = event.now - 3_600_000_000
    line.departures = leaving * 500
    var pace = Pace(line)
    for _ in 0..<600 {
      try event.advance(.seconds(1))
      (line.time, line.departuresAt) = (event.now, event.now)
      line.admitted += admittedEachSecond
      pace.observe(line)
    }
    let answers = try event.join((0..<180).map { "p\($0)" }, speed: pace.speed(at: event.now))
    for case .joined(_, let position, let eta) in answers {
      #expect(eta == Int(pace.eta(position: position, at: event.now).rounded(.up)))
    }
    #expect(pace.eta(position: 180, at: event.now) > 10)
  }

  @Test("what was promised is what the trail holds, under the ticket's own id")
  func trail() throws {
    try event.join("a", "b")
    #expect(
      try event.trail() == ["op join user a pos 1 eta 0", "op join user b pos 2 eta 0"])
    let id = "\(event.now / 1000)-\(event.now % 1000)"
    let first = try event.send("XRANGE", event.keys.audit.text, id, id)
    #expect(first.elements?.count == 1)
  }

  @Test("whoever joins is present from that moment")
  func presence() throws {
    try event.join("a")
    #expect(
      try event.send("ZSCORE", event.keys.seen.text, "a").text == "\(event.now / 1000)")
  }

  @Test("a batch of 256 people with the longest names fits into one call")
  func largest() throws {
    let users = (0..<BatchQueue<JoinRequest>.batchLimit).map {
      String(repeating: "é", count: 62) + "\(1000 + $0)"
    }
    #expect(users.allSatisfy { $0.utf8.count == UserID.longest })
    try event.join(users)
    #expect(try event.line() == users)
  }

  @Test(
    "names that mean something to Lua or to Redis are just names",
    arguments: ["0", "nan", "-inf", "+inf", "(a", "XX", "*", "$", "{b}", "a b", "\"'", "\\0", "😀"])
  func oddNames(name: String) throws {
    let ticket = try event.ticket(of: name)
    #expect(try event.line() == [name])
    #expect(try event.resume(name, ticket) == .inLine(position: 1, length: 1, hasResumed: false))
    #expect(try event.enter(name, ticket).isAdmitted)
  }
}
