import TestSupport
import Testing

@testable import Seats

@Suite("hold.lua")
struct HoldScriptTests {
  private let sale: ScriptedSale

  init() throws {
    sale = try ScriptedSale()
  }

  @Test("seats are held together, counted, and named after their person")
  func holds() throws {
    let hold = try sale.held("A-2", "A-1", as: "ann")
    #expect(hold.available == 4)
    #expect(hold.endsAt == hold.number + 60_000_000)
    #expect(try sale.inventory() == 4)
    #expect(
      try sale.send("HGET", sale.keys.status.text, "A-1") == .text("held \(hold.number) 2 ann"))
    #expect(try sale.census() == ["available": 4, "held": 2])
    #expect(try sale.send("HGET", sale.keys.people.text, "ann") == .text("2"))
  }

  @Test("one of 100 simultaneous holds of a seat wins")
  func race() throws {
    let commands = (0..<100).map { number in
      sale.command(\.hold, sale.holdArguments(["A-1", "A-2"], as: "person \(number)"))
    }
    let server = sale.server
    let answers = try parallel(100) { try server.connect().send(commands[$0]) }
      .map { try ScriptedSale.read($0) as HoldScript.Reply }.map(\.outcome)
    #expect(answers.count(where: \.isHeld) == 1)
    #expect(
      answers.count { $0 == .unavailable(["A-1", "A-2"]) } == 99)
    #expect(try sale.inventory() == 4)
    #expect(try sale.census() == ["available": 4, "held": 2])
  }

  @Test("all or none: what is taken is named, and nothing is held")
  func allOrNone() throws {
    _ = try sale.held("A-2", "A-3", as: "ann")
    let before = try sale.content()
    #expect(
      try sale.hold("A-1", "A-2", "A-3", as: "bob") == .unavailable(["A-2", "A-3"]))
    #expect(try sale.hold("A-1", "B-9", as: "bob") == .unknownSeats(["B-9"]))
    #expect(try sale.content() == before)
  }

  @Test("who holds exactly these seats has the same hold, in whatever order, grant or not")
  func replay() throws {
    let hold = try sale.held("A-1", "A-2", as: "ann")
    try sale.advance(.seconds(40))
    let before = try sale.content()
    var again = hold
    again.now = sale.now
    #expect(try sale.hold("A-2", "A-1", as: "ann", grantEnd: 0) == .heldBefore(again))
    #expect(try sale.hold("A-1", as: "ann") == .unavailable(["A-1"]))
    #expect(try sale.hold("A-1", "A-2", as: "bob") == .unavailable(["A-1", "A-2"]))
    #expect(try sale.content() == before)
  }

  @Test("two holds of one person are not one hold")
  func twoHolds() throws {
    _ = try sale.held("A-1", as: "ann")
    _ = try sale.held("A-2", as: "ann")
    #expect(try sale.hold("A-1", "A-2", as: "ann") == .unavailable(["A-1", "A-2"]))
  }

  @Test("no person has more seats than one may, held and bought together")
  func limit() throws {
    let first = try sale.held("A-1", "A-2", as: "ann")
    #expect(try sale.confirm(first, as: "ann") == .confirmed(["A-1", "A-2"], heldFor: 0))
    let second = try sale.held("A-3", as: "ann")
    #expect(try sale.hold("A-4", "A-5", as: "ann") == .limitReached(has: 3))
    #expect(try sale.release(second, as: "ann") == .released(heldFor: 0, available: 4))
    #expect(try sale.hold("A-4", "A-5", as: "ann").isHeld)
  }

  @Test("a grant that has ended holds nothing")
  func grant() throws {
    #expect(try sale.hold("A-1", as: "ann", grantEnd: sale.now) == .grantExpired)
    #expect(try sale.hold("A-1", as: "ann", grantEnd: sale.now + 1).isHeld)
  }

  @Test("sold out is when nothing is available and nothing may come back; it never goes negative")
  func soldOut() throws {
    let sale = try ScriptedSale(seats: ["A-1", "A-2"])
    let first = try sale.held("A-1", as: "ann")
    let second = try sale.held("A-2", as: "bob")
    #expect(try sale.confirm(first, as: "ann") == .confirmed(["A-1"], heldFor: 0))
    #expect(try sale.hold("A-1", as: "cyd") == .unavailable(["A-1"]))
    #expect(try sale.confirm(second, as: "bob") == .confirmed(["A-2"], heldFor: 0))
    for user in ["cyd", "dan"] { #expect(try sale.hold("A-1", as: user) == .soldOut) }
    #expect(try sale.inventory() == 0)
  }

  @Test("what the inventory does not have is not held, whatever the map says")
  func inventorySaysNo() throws {
    try sale.send("SET", sale.keys.forSale.inventory.text, "0")
    #expect(try sale.hold("A-1", as: "ann") == .soldOut)
    #expect(try sale.inventory() == 0)
    #expect(try sale.word(of: "A-1") == "available")
  }

  @Test("no two holds have one name or one end, though the clock stands still or steps back")
  func ticks() throws {
    let first = try sale.held("A-1", as: "ann")
    let second = try sale.held("A-2", as: "ann")
    try sale.advance(.seconds(-100))
    let third = try sale.held("A-3", as: "ann")
    #expect(first.number < second.number && second.number < third.number)
    #expect(Set([first.endsAt, second.endsAt, third.endsAt]).count == 3)
    // The end is hold-ttl from now, wherever the names are.
    #expect(third.endsAt == sale.now + 60_000_000)
    #expect(second.endsAt == first.endsAt + 1)
  }
}
