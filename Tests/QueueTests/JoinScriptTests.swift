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
        .joined(ticket: now, position: 1, eta: .called, callLeft: 60_000),
        .joined(ticket: now + 1, position: 2, eta: .called, callLeft: 60_000),
        .joined(ticket: now + 2, position: 3, eta: .called, callLeft: 60_000),
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
    // A call takes a tick, too.
    #expect(try event.ticket(of: "b") == first + 2)
    try event.advance(.seconds(3600))
    #expect(try event.ticket(of: "c") == first + 4)
    #expect(try event.line() == ["a", "b", "c"])
  }

  @Test("whoever waits already keeps the place and hears of the same ticket")
  func duplicate() throws {
    let tickets = [try event.ticket(of: "a"), try event.ticket(of: "b")]
    try event.advance(.seconds(1))
    #expect(
      try event.join("b", "c", "a") == [
        .waiting(ticket: tickets[1], position: 2, callLeft: 59_000),
        .joined(ticket: event.now, position: 3, eta: .called, callLeft: 60_000),
        .waiting(ticket: tickets[0], position: 1, callLeft: 59_000),
      ])
    #expect(try event.state("joined") == "3")
  }

  @Test("a person who stands in a batch more than once joins once")
  func duplicateInBatch() throws {
    let now = event.now
    #expect(
      try event.join("a", "a", "b", "a") == [
        .joined(ticket: now, position: 1, eta: .called, callLeft: 60_000),
        .waiting(ticket: now, position: 1, callLeft: 60_000),
        .joined(ticket: now + 1, position: 2, eta: .called, callLeft: 60_000),
        .waiting(ticket: now, position: 1, callLeft: 60_000),
      ])
    #expect(try event.state("joined") == "2")
    // Each of them is called once, too.
    #expect(try event.trail().count == 4)
  }

  @Test("closed doors refuse newcomers, and those in line keep their places")
  func closed() throws {
    let ticket = try event.ticket(of: "a")
    try event.set("state", "closed")
    #expect(
      try event.join("b", "a", "b") == [
        .closed, .waiting(ticket: ticket, position: 1, callLeft: 60_000), .closed,
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
        .joined(ticket: now, position: 1, eta: .called, callLeft: 60_000),
        .joined(ticket: now + 1, position: 2, eta: .called, callLeft: 60_000),
        .waiting(ticket: now, position: 1, callLeft: 60_000),
        .full,
      ])
    #expect(try event.leave("a", now) == .left)
    #expect(
      try event.join("c", "d", limit: 2) == [
        .joined(ticket: now + 5, position: 2, eta: .called, callLeft: 60_000), .full,
      ])
  }

  @Test("an anonymous join that is repeated after admission makes no new place")
  func anonymous() throws {
    for user in ["anon-1", "named"] {
      #expect(try event.enter(user, event.ticket(of: user)).isAdmitted)
    }
    // While they are inside, that is what they are told.
    let inside = try event.join("anon-1", "named")
    for answer in inside {
      guard case .inside(let inside) = answer else { throw TestFailure("\(answer)") }
      #expect(inside.grantBegan == event.now && !inside.isSession)
      #expect(inside.until == event.now / 1000 + 30_000)
    }
    try event.advance(.seconds(31))
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
      guard case .joined(_, let position, let eta, _) = answer else {
        throw TestFailure("\(answer)")
      }
      #expect(position == number + 1)
      #expect(eta.seconds == (max(0, number + 1 - 3) + 1) / 2)
    }
    // Three hold calls, and with them all that the bucket can hold: two seconds later it is as empty.
    try event.advance(.seconds(2))
    let eta = ETA(seconds: 99, low: 79, high: 119)
    #expect(try event.join("late") == [.joined(ticket: event.now, position: 201, eta: eta)])
  }

  /// Speeds, shares, limits and margins of all kinds.
  private static let terms: [Prospect.Terms] = {
    var margins = Margins()
    for (number, length) in [10.0, 60, 300, 900].enumerated() {
      let width = 0.1 * Double(number + 1)
      margins[of: length] = Margin(low: 1 - width, high: 1 + width)
    }
    return [0.0, 0.001, 0.02].flatMap { leaving in
      [
        Prospect.Terms(used: 1, departing: leaving, margins: margins),
        Prospect.Terms(used: 0.7, departing: leaving, margins: margins),
        Prospect.Terms(
          used: 1.2, aloneFor: 4, most: 0.5, departing: leaving, barrier: .sessions,
          margins: margins),
        Prospect.Terms(most: 0, departing: leaving, barrier: .full, margins: margins),
        Prospect.Terms(
          most: 2, departing: leaving, barrier: .holds, freeAt: 1_800_000_030_000_000,
          margins: margins),
      ]
    }
  }()

  @Test(
    "the promise is what those who wait are told, whatever the event does",
    arguments: [[], ["state", "paused"], ["rate", "0"], ["active_limit", "10"]])
  func promiseOfProspect(setting: [String]) throws {
    event.settings.admissionRate = 10
    event.settings.admissionBurst = 20
    try event.join((0..<40).map { "early\($0)" })
    try event.advance(.seconds(1))
    if !setting.isEmpty {
      try event.send(["HSET", event.keys.settings.text, "version", "1"] + setting)
    }
    var joined = 0
    for (round, terms) in Self.terms.enumerated() {
      let prospect = Prospect(try event.pulse(), terms, at: event.now)
      let answers = try event.join((0..<150).map { "p\(round)-\($0)" }, terms: terms)
      for case .joined(_, let position, let eta, 0) in answers {
        #expect(eta == prospect.eta(position: position), "\(position): \(terms)")
        joined += 1
      }
      try event.advance(.milliseconds(700))
    }
    #expect(joined == 150 * Self.terms.count)
  }

  @Test("in a rebuild the promise is its rest, and what the bucket does not hold at its end")
  func promiseInRebuild() throws {
    event.settings.admissionRate = 2
    event.settings.admissionBurst = 20
    try event.join("a")
    let known = Knowledge(tick: event.progress)
    try event.loseEverything()
    try event.advance(.seconds(1))
    let answers = try event.join((0..<60).map { "p\($0)" }, knowing: known)
    let etas = answers.compactMap { if case .joined(_, _, let eta, 0) = $0 { eta } else { nil } }
    #expect(etas.count == 60)
    // 25 s at 2 a second would be 50, and the bucket holds 20.
    #expect(etas.prefix(20).allSatisfy { $0.seconds == 25 && $0.low == 25 && $0.high == 25 })
    #expect(etas[59].seconds == 45 && etas.allSatisfy { $0.reason == .rebuilding })
    let prospect = Prospect(try event.pulse(), .init(), at: event.now)
    for (number, eta) in etas.enumerated() { #expect(eta == prospect.eta(position: number + 1)) }
  }

  @Test("while nobody knows, the trail has the reason and no number")
  func unknownInTrail() throws {
    try event.set("state", "paused")
    #expect(
      try event.join("a") == [
        .joined(ticket: event.now, position: 1, eta: ETA(unknown: .paused))
      ])
    #expect(try event.trail() == ["op join user a pos 1 eta_reason paused"])
  }

  @Test("what was promised is what the trail holds, under the ticket's own id")
  func trail() throws {
    try event.join("a", "b")
    #expect(
      try event.trail() == [
        "op join user a pos 1 eta 0 eta_low 0 eta_high 0",
        "op join user b pos 2 eta 0 eta_low 0 eta_high 0",
        "op call user a ticket \(event.now)", "op call user b ticket \(event.now + 1)",
      ])
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
    #expect(
      try event.resume(name, ticket)
        == .inLine(position: 1, length: 1, hasResumed: false, callLeft: 60_000))
    #expect(try event.enter(name, ticket).isAdmitted)
  }
}
