import TestSupport
import Testing

@testable import Seats

@Suite("The end of a hold")
struct HoldEndTests {
  private let sale: ScriptedSale

  init() throws {
    sale = try ScriptedSale()
  }

  @Test("a release gives back exactly what was held, once")
  func release() throws {
    let hold = try sale.held("A-1", "A-2", as: "ann")
    try sale.advance(.seconds(5))
    #expect(try sale.release(hold, as: "ann") == .released(heldFor: 5_000_000, available: 6))
    #expect(try sale.inventory() == 6)
    #expect(try sale.census() == ["available": 6])
    #expect(try sale.send("HLEN", sale.keys.people.text) == .integer(0))
    #expect(try sale.send("ZCARD", sale.keys.forSale.served.text) == .integer(0))
    #expect(try sale.release(hold, as: "ann") == .releasedBefore(available: 6))
    #expect(try sale.inventory() == 6)
    #expect(try sale.confirm(hold, as: "ann") == .expired)
  }

  @Test("a released hold has nothing to do with the next one of the same seats")
  func releasedBefore() throws {
    let old = try sale.held("A-1", as: "ann")
    #expect(try sale.release(old, as: "ann") == .released(heldFor: 0, available: 6))
    let new = try sale.held("A-1", as: "ann")
    #expect(try sale.release(old, as: "ann") == .releasedBefore(available: 5))
    #expect(try sale.confirm(old, as: "ann") == .expired)
    #expect(try sale.confirm(new, as: "ann") == .confirmed(["A-1"], heldFor: 0))
  }

  @Test("what is bought stays bought: confirming again tells the same, releasing is refused")
  func confirm() throws {
    let hold = try sale.held("A-1", "A-2", as: "ann")
    try sale.advance(.seconds(59))
    #expect(
      try sale.confirm(hold, as: "ann") == .confirmed(["A-1", "A-2"], heldFor: 59_000_000))
    #expect(try sale.inventory() == 4)
    #expect(try sale.census() == ["available": 4, "sold": 2])
    try sale.advance(.seconds(100))
    let before = try sale.content()
    #expect(try sale.confirm(hold, as: "ann") == .confirmedBefore(["A-1", "A-2"]))
    #expect(try sale.release(hold, as: "ann") == .confirmed)
    #expect(try sale.content() == before)
  }

  @Test("another's hold can be neither released nor bought")
  func another() throws {
    let hold = try sale.held("A-1", as: "ann")
    let before = try sale.content()
    #expect(try sale.release(hold, as: "bob") == .notHolder)
    #expect(try sale.confirm(hold, as: "bob") == .notHolder)
    #expect(try sale.content() == before)
    #expect(try sale.confirm(hold, as: "ann") == .confirmed(["A-1"], heldFor: 0))
    #expect(try sale.release(hold, as: "bob") == .notHolder)
    #expect(try sale.confirm(hold, as: "bob") == .notHolder)
  }

  @Test("at its end a hold buys nothing, and its seats are somebody else's to hold")
  func expiry() throws {
    let hold = try sale.held("A-1", "A-2", as: "ann")
    try sale.advance(.seconds(60) - .microseconds(1))
    #expect(try sale.hold("A-1", as: "bob") == .unavailable(["A-1"]))
    try sale.advance(.microseconds(1))
    #expect(try sale.confirm(hold, as: "ann") == .expired)
    #expect(try sale.inventory() == 6)
    #expect(try sale.release(hold, as: "ann") == .releasedBefore(available: 6))
    let next = try sale.held("A-1", "A-2", as: "bob")
    #expect(next.available == 4)
    #expect(try sale.confirm(hold, as: "ann") == .expired)
    #expect(try sale.census() == ["available": 4, "held": 2])
  }

  @Test("a hold lasts as long as any other where Redis' clock has stepped back before it")
  func clockStepsBack() throws {
    _ = try sale.held("A-1", as: "ann")
    try sale.advance(.seconds(-600))
    let hold = try sale.held("A-2", as: "bob")
    #expect(hold.endsAt == sale.now + 60_000_000)
    let next = try sale.held("A-3", as: "cid")
    #expect(next.endsAt == hold.endsAt + 1)
    try sale.advance(.seconds(60))
    #expect(try sale.confirm(hold, as: "bob") == .expired)
    #expect(try sale.word(of: "A-2") == "available")
  }

  @Test(
    "a clock that steps ends no hold and prolongs none", arguments: [600, -600, 7 * 3600] as [Int])
  func clockSteps(seconds: Int) throws {
    let hold = try sale.held("A-1", as: "ann")
    let expected = sale.now
    try sale.advance(.seconds(seconds))
    sale.estimate = expected + 1_000_000
    let grantEnd = expected + 30_000_000
    #expect(try sale.hold("A-1", as: "bob", grantEnd: grantEnd) == .unavailable(["A-1"]))
    let next = try sale.hold("A-2", as: "bob", grantEnd: grantEnd)
    guard case .held(let next) = next else { throw TestFailure("\(next)") }
    #expect(next.endsAt == expected + 61_000_000)
    sale.estimate = expected + 59_999_999
    #expect(try sale.confirm(hold, as: "ann") == .confirmed(["A-1"], heldFor: 59_999_999))
    sale.estimate = expected + 61_000_000
    #expect(try sale.confirm(next, as: "bob") == .expired)
    #expect(try sale.word(of: "A-2") == "available")
  }

  @Test("whatever is called next brings the seats back: nobody needs to ask for them")
  func everyScriptEnds() throws {
    let stranger = HoldScript.Held(number: 1, endsAt: 2, now: 0, available: 0)
    let calls: [(ScriptedSale) throws -> Void] = [
      { _ = try $0.hold("A-6", as: "bob") },
      { _ = try $0.release(stranger, as: "bob") },
      { _ = try $0.confirm(stranger, as: "bob") },
      { _ = try $0.map(limit: 0) },
      { _ = try $0.furnish(["A-7"]) },
      { _ = try $0.retire("A-9") },
      { _ = try $0.sweep() },
    ]
    for (number, call) in calls.enumerated() {
      let sale = try ScriptedSale()
      _ = try sale.held("A-1", "A-2", as: "ann")
      try sale.advance(.seconds(60))
      try call(sale)
      #expect(try sale.word(of: "A-1") == "available", "\(number)")
      let census = try sale.census()
      #expect(try sale.inventory() == census["available"], "\(number)")
      #expect(try sale.send("ZSCORE", sale.keys.forSale.holds.text, "A-1") == .null, "\(number)")
    }
  }

  @Test("a script ends some two hundred holds' seats at most, whole holds, and the counts agree")
  func batches() throws {
    let seats = (0..<999).map { "S-\($0)" }
    let sale = try ScriptedSale(seats: seats, SeatSettings(seatsPerPerson: 1000))
    for first in stride(from: 0, to: 999, by: 3) {
      let three = Array(seats[first..<first + 3])
      #expect(try sale.hold(three, as: "p\(first)").isHeld)
    }
    try sale.advance(.seconds(61))
    var ended = 0
    for round in 1...5 {
      let reply = try sale.sweep()
      let snapshot = try #require(reply.snapshot)
      let counts = snapshot.counts
      ended += reply.holdsEnded
      #expect(counts.total == counts.available + counts.held + counts.sold)
      #expect(snapshot.inconsistent == 0)
      #expect(counts.available == min(999, round * 201))
      #expect(reply.isMoreDue == (round < 5))
    }
    #expect(ended == 333)
    #expect(try sale.census() == ["available": 999])
  }

  @Test("a seat whose hold is over can be held, though there are too many to end them all at once")
  func wantedFirst() throws {
    let seats = (0..<500).map { "S-\($0)" }
    let sale = try ScriptedSale(seats: seats)
    for seat in seats { _ = try sale.held(seat, as: seat) }
    try sale.advance(.seconds(61))
    #expect(try sale.hold("S-499", "S-498", as: "ann").isHeld)
    #expect(try sale.inventory() == 200)
    #expect(try sale.send("ZCARD", sale.keys.forSale.holds.text) == .integer(300))
  }
}
