import Testing

@testable import Seats

@Suite("sweep.lua")
struct SweepScriptTests {
  private let sale: ScriptedSale

  init() throws {
    sale = try ScriptedSale()
  }

  private func inconsistent() throws -> Int {
    try sale.advance(.seconds(1))
    return try #require(try sale.sweep().snapshot).inconsistent
  }

  @Test("it ends what is over, tells the counts and the stock, and finds nothing wrong")
  func counts() throws {
    let hold = try sale.held("A-1", as: "ann")
    _ = try sale.confirm(hold, as: "ann")
    _ = try sale.held("A-2", "A-3", as: "bob")
    _ = try sale.supply("coupon", 5)
    _ = try sale.take("coupon", as: "ann")
    let busy = SaleSnapshot(
      counts: SeatCounts(total: 6, available: 3, held: 2, sold: 1), inconsistent: 0,
      stock: ["coupon": 4])
    var reply = try sale.sweep()
    #expect(reply.outcome == .swept(busy, isMoreDue: false, clock: sale.now))
    #expect(reply.holdsEnded == 0)
    try sale.advance(.seconds(61))
    let quiet = SaleSnapshot(
      counts: SeatCounts(total: 6, available: 5, held: 0, sold: 1), inconsistent: 0,
      stock: ["coupon": 4])
    reply = try sale.sweep()
    #expect(reply.outcome == .swept(quiet, isMoreDue: false, clock: sale.now))
    #expect(reply.holdsEnded == 1)
  }

  @Test("an event of which nothing is left, and one that never was, is nothing")
  func nothing() throws {
    try sale.send("FLUSHDB")
    try sale.advance(.seconds(1))
    #expect(try sale.sweep().outcome == .nothing)
    #expect(try sale.send("KEYS", "*{e}") == .array([]))
  }

  @Test("a hold that was made when Redis' clock was ahead ends hold-ttl after a sweep has noticed")
  func clockWasAhead() throws {
    try sale.advance(.seconds(3600))
    let early = try sale.held("A-1", as: "ann")
    try sale.advance(.seconds(-3600))
    let hold = try sale.held("A-2", as: "bob")
    #expect(try sale.sweep().holdsEnded == 0)
    // Whoever holds has as long as any other.
    try sale.advance(.seconds(59))
    #expect(try sale.sweep().holdsEnded == 0)
    #expect(try sale.word(of: "A-1") == "held")
    try sale.advance(.seconds(1))
    #expect(try sale.sweep().holdsEnded == 2)
    #expect(try sale.census() == ["available": 6])
    #expect(try sale.inventory() == 6)
    #expect(try sale.confirm(early, as: "ann") == .expired)
    #expect(try sale.confirm(hold, as: "bob") == .expired)
    // What was noticed is forgotten, and what is made now is left alone.
    let next = try sale.held("A-3", as: "cid")
    #expect(try sale.sweep().holdsEnded == 0)
    try sale.advance(.seconds(59))
    #expect(try sale.sweep().holdsEnded == 0)
    _ = try sale.confirm(next, as: "cid")
    #expect(try sale.word(of: "A-3") == "sold")
  }

  @Test("a longer hold-ttl that was in force before is kept to")
  func longerBefore() throws {
    let hold = try sale.held("A-1", as: "ann")
    for _ in 0..<5 {
      try sale.advance(.seconds(10))
      #expect(try sale.sweep(holdTTL: .seconds(5)).holdsEnded == 0)
    }
    #expect(try sale.confirm(hold, as: "ann") == .confirmed(["A-1"], heldFor: 50_000_000))
  }

  @Test("it sees at once when the inventory is not what the map and the holds make it")
  func inventory() throws {
    #expect(try inconsistent() == 0)
    try sale.send("INCRBY", sale.keys.forSale.inventory.text, "2")
    #expect(try #require(try sale.sweep().snapshot).inconsistent == 2)
    try sale.send("SET", sale.keys.forSale.inventory.text, "nonsense")
    #expect(try #require(try sale.sweep().snapshot).inconsistent == 6)
    try sale.furnish([])
    #expect(try inconsistent() == 0)
  }

  @Test("it finds a seat that is held without end, one that ends unheld, and one sold to nobody")
  func map() throws {
    _ = try sale.held("A-1", as: "ann")
    try sale.send("ZREM", sale.keys.forSale.holds.text, "A-1")
    try sale.send("ZADD", sale.keys.forSale.holds.text, "\(sale.now + 60_000_000)", "A-2")
    #expect(try inconsistent() == 2)
    try sale.send("HSET", sale.keys.status.text, "A-3", "sold 1 1 eve")
    #expect(try inconsistent() == 3)
    try sale.send("HSET", sale.keys.status.text, "A-4", "broken")
    #expect(try inconsistent() == 4)
    // And forgets it one round after it was put right.
    try sale.send("HSET", sale.keys.status.text, "A-1", "available", "A-3", "available")
    try sale.send("HSET", sale.keys.status.text, "A-4", "available")
    try sale.send("ZREM", sale.keys.forSale.holds.text, "A-2")
    try sale.furnish([])
    #expect(try inconsistent() == 0)
  }

  @Test("it goes round a long list in a bounded part a second, and remembers what it found")
  func rounds() throws {
    let seats = (0..<1000).map { "S-\($0)" }
    let sale = try ScriptedSale(seats: seats)
    try sale.send("HSET", sale.keys.status.text, "S-600", "held 1 1 eve")
    try sale.furnish([])
    func found() throws -> Int { try #require(try sale.sweep().snapshot).inconsistent }
    var told: [Int] = []
    for _ in 0..<12 {
      try sale.advance(.seconds(1))
      told.append(try found())
      // However many sidecars ask: once a second.
      #expect(try found() == told.last)
    }
    #expect(told == [0, 0] + Array(repeating: 1, count: 10))
    try sale.send("HSET", sale.keys.status.text, "S-600", "available")
    for _ in 0..<10 {
      try sale.advance(.seconds(1))
      _ = try found()
    }
    #expect(try found() == 0)
  }
}
