import Loop
import Queue
import TestSupport
import Testing

@testable import Seats

@Suite("BoxOffice")
struct BoxOfficeTests {
  private let under: OfficeUnderTest

  init() throws {
    under = try OfficeUnderTest()
    try under.put(["A-1", "A-2", "A-3", "A-4", "A-5"])
  }

  // MARK: Holding

  @Test("a hold is the same bytes when it is asked for again, and releases and buys its seats")
  func holds() throws {
    let grant = under.grant("ann")
    let held = try under.held("A-1", "A-2", as: "ann")
    #expect((59...60).contains(held.expiresInSeconds))
    #expect(held.remaining == 3)
    guard case .heldAlready(let again) = try under.hold("A-2", "A-1", "A-1", grant: grant) else {
      Issue.record("it is not held")
      return
    }
    #expect(again.id == held.id)
    #expect(
      try under.result { under.office.release(held.id, $0) } != .released(heldSeconds: nil))
    #expect(
      try under.result { under.office.release(held.id, $0) } == .released(heldSeconds: nil))
    #expect(try under.result { under.office.confirm(held.id, $0) } == .expired)

    let next = try under.held("A-1", as: "ann")
    guard case .confirmed(["A-1"], .some) = try under.result({ under.office.confirm(next.id, $0) })
    else {
      Issue.record("it is not bought")
      return
    }
    #expect(
      try under.result { under.office.confirm(next.id, $0) }
        == .confirmed(["A-1"], heldSeconds: nil))
    #expect(try under.result { under.office.release(next.id, $0) } == .confirmed)
  }

  @Test("only a grant of ours, for this event, within its time, holds or takes anything")
  func grants() throws {
    let stranger = TokenSigner(current: try TokenSecret(bytes: Array("another secret here".utf8)))
    let forged = stranger.sign(
      Grant(
        event: under.event, user: UserID("eve")!, admittedAt: WallClock.milliseconds * 1000,
        lifetimeSeconds: 30))
    let waiting = under.signer.sign(
      WaitingToken(event: under.event, user: UserID("eve")!, ticket: Ticket(microseconds: 1)))
    for grant in ["", "forged", forged, waiting, under.grant("ann", event: "other")] {
      #expect(try under.hold("A-1", grant: grant) == .grantInvalid)
      #expect(try take("coupon", as: nil, grant: grant) == .grantInvalid)
    }
    #expect(try under.hold("A-1", grant: under.grant("ann", lifetime: 0)) == .grantExpired)
    #expect(try take("coupon", as: "bob", grant: under.grant("ann")) == .grantInvalid)
  }

  private func take(_ item: String, as user: String?, grant: String? = nil) throws -> TakeOutcome {
    let user = user.flatMap { UserID($0) }
    return try under.result {
      under.office.take(ItemID(item)!, of: under.event, for: user, grant: grant, $0)
    }
  }

  @Test("a hold that is none of ours is not found")
  func foreignHold() throws {
    for text in ["", "forged", under.grant("ann")] {
      #expect(try under.result { under.office.release(text, $0) } == .notFound)
      #expect(try under.result { under.office.confirm(text, $0) } == .notFound)
    }
  }

  @Test("more seats than one person may have are refused without asking Redis")
  func limit() throws {
    let monitor = try under.server.monitor()
    let five = ["A-1", "A-2", "A-3", "A-4", "A-5"].map { SeatID($0)! }
    #expect(
      try under.result { under.office.hold(five, of: under.event, grant: under.grant("ann"), $0) }
        == .limitReached)
    #expect(try monitor.lines().isEmpty)
  }

  @Test("until the secret is known it fails as it does without Redis, and so it does without Redis")
  func failures() throws {
    let held = try under.held("A-1", as: "ann")
    let grant = under.grant("bob")
    under.office.signer = nil
    #expect(throws: Error.self) { try under.hold("A-2", grant: grant) }
    #expect(throws: Error.self) { try under.result { under.office.confirm(held.id, $0) } }
    under.office.signer = under.signer
    try under.server.stop()
    #expect(throws: Error.self) { try under.hold("A-2", grant: grant) }
    #expect(throws: Error.self) { try under.map() }
  }

  // MARK: The map

  @Test("whoever asks for a page within a second gets the same one, for one script call together")
  func sharedPages() throws {
    let monitor = try under.server.monitor()
    var pages: [SeatPage] = []
    for _ in 0..<50 {
      under.office.map(of: under.event, after: 0, limit: 1000, knowing: nil) { result in
        if case .success(.page(let page)) = result { pages.append(page) }
      }
    }
    try under.wait("all have it") { pages.count == 50 }
    #expect(try under.page() === pages[0])
    #expect(pages.allSatisfy { $0 === pages[0] })
    #expect(try monitor.lines().count { $0.name == "EVALSHA" } == 1)
    #expect(pages[0].seats.map(\.id) == ["A-1", "A-2", "A-3", "A-4", "A-5"])
    #expect(pages[0].next == nil)
  }

  @Test("who knows the version pays for no page, and hears of each change within a second")
  func versions() throws {
    let first = try under.page().version
    let monitor = try under.server.monitor()
    guard case .unchanged(first) = try under.map(knowing: first) else {
      Issue.record("it has changed")
      return
    }
    #expect(try monitor.lines().isEmpty)
    _ = try under.held("A-3", as: "ann")
    var page: SeatPage?
    try eventually("the change is told", within: .seconds(3)) {
      // A page that is told at once turns no loop, and its clock stands still.
      try under.loop.turn(waitingAtMost: .milliseconds(10))
      if case .page(let changed) = try under.map(knowing: first) { page = changed }
      return page != nil
    }
    #expect(page?.seats[2].state == .held)
    #expect(page?.counts == SeatCounts(total: 5, available: 4, held: 1, sold: 0))
  }

  @Test("an event without seats has no map")
  func none() throws {
    let outcome = try under.result {
      under.office.map(of: EventID("nothing")!, after: 0, limit: 10, knowing: nil, $0)
    }
    guard case .none = outcome else {
      Issue.record("it has a map")
      return
    }
    #expect(try under.redis.send("KEYS", "*{nothing}*").texts.isEmpty)
  }

  // MARK: The organiser and the back office

  @Test("a list of seats is put in place whole, once, and in its order")
  func plan() throws {
    let seats = (1...3210).map { "S-\($0)" }
    func counts(_ total: Int) -> SeatCounts {
      SeatCounts(total: total, available: total, held: 0, sold: 0)
    }
    #expect(
      try under.put(seats)
        == .done(SeatPlanReport(counts: counts(3210), added: 3210, removed: 5)))
    #expect(
      try under.put(seats.reversed())
        == .done(SeatPlanReport(counts: counts(3210), added: 0, removed: 0)))
    #expect(try under.redis.send("GET", "inventory:{e}").integer == 3210)
    let first = try under.page()
    #expect(first.seats.map(\.id) == Array(seats.prefix(1000)))
    let second = try under.page(after: first.next ?? 0, limit: 2)
    #expect(second.seats.map(\.id) == ["S-1001", "S-1002"])
    #expect(
      try under.put([])
        == .done(SeatPlanReport(counts: counts(0), added: 0, removed: 3210)))
    #expect(try under.redis.send("KEYS", "inventory:*").texts.isEmpty)
  }

  @Test("a list without a seat that somebody has changes nothing")
  func inUse() throws {
    let held = try under.held("A-2", as: "ann")
    #expect(try under.put(["B-1", "A-1"]) == .inUse(["A-2"]))
    #expect(try under.page().counts.total == 5)
    _ = try under.result { under.office.confirm(held.id, $0) }
    #expect(try under.put(["B-1", "A-1"]) == .inUse(["A-2"]))
    let counts = SeatCounts(total: 3, available: 2, held: 0, sold: 1)
    #expect(
      try under.put(["B-1", "A-1", "A-2"])
        == .done(SeatPlanReport(counts: counts, added: 1, removed: 3)))
  }

  @Test("the maintenance ends what is over, all of it, and knows the events by their seats")
  func maintenance() throws {
    let under = try OfficeUnderTest(SeatSettings(holdTTL: .seconds(1)))
    let seats = (1...500).map { "S-\($0)" }
    try under.put(seats)
    _ = try under.result { under.planner.supply(ItemID("coupon")!, total: 7, at: under.event, $0) }
    try under.result { under.maintenance.register(under.event, $0) }
    var ended = 0
    under.maintenance.holdsEnded = { ended += $0 }
    // On a slow machine the first are over before the last are held.
    under.office.holdsEnded = { ended += $0 }
    for seat in seats { _ = try under.held(seat, as: seat) }
    var snapshot: SaleSnapshot?
    try eventually("all holds have ended") {
      snapshot = try under.result { under.maintenance.sweep(under.event, $0) }
      return snapshot?.counts.held == 0
    }
    #expect(ended == 500)
    #expect(
      snapshot
        == SaleSnapshot(
          counts: SeatCounts(total: 500, available: 500, held: 0, sold: 0), inconsistent: 0,
          stock: ["coupon": 7]))
    #expect(try under.result { under.maintenance.events($0) } == [under.event])
    try under.redis.send("FLUSHALL")
    #expect(try under.result { under.maintenance.sweep(under.event, $0) } == nil)
  }
}
