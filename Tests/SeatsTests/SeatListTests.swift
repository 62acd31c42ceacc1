import TestSupport
import Testing

@testable import Seats

@Suite("The list of seats")
struct SeatListTests {
  @Test("seats are told in the order of the list, page by page, each once")
  func pages() throws {
    let seats = (0..<25).map { "S-\(($0 * 7) % 25)" }
    let sale = try ScriptedSale(seats: seats)
    var (after, told, pages) = (Int64?.some(0), [String](), 0)
    while let place = after {
      let page = try sale.map(after: place, limit: 10)
      told += page.seats.map(\.id)
      after = page.next
      pages += 1
    }
    #expect(told == seats)
    #expect(pages == 3)
  }

  @Test("the version changes with the map, and only with it; who knows it gets no page")
  func version() throws {
    let sale = try ScriptedSale()
    func version() throws -> Int64 { try sale.map(limit: 0).version }
    let first = try version()
    _ = try sale.hold("B-9", as: "ann")
    try sale.advance(.seconds(3))
    #expect(try version() == first)
    #expect(try sale.map(knowing: first).seats.isEmpty)
    let hold = try sale.held("A-1", as: "ann")
    let second = try version()
    #expect(second != first)
    #expect(try sale.map(knowing: first).seats.count == 6)
    _ = try sale.hold("A-1", as: "ann")
    #expect(try version() == second)
    #expect(try sale.confirm(hold, as: "ann") == .confirmed(["A-1"], heldFor: 0))
    let third = try version()
    #expect(third != second)
    _ = try sale.held("A-2", as: "ann")
    try sale.advance(.seconds(61))
    let page = try sale.map(knowing: third)
    #expect(page.version != third)
    #expect(page.seats.prefix(2).map(\.id) == ["A-1", "A-2"])
    #expect(page.seats.prefix(2).map(\.state) == [.sold, .available])
  }

  @Test("adding seats leaves those that are there as they are, and counts the inventory anew")
  func furnish() throws {
    let sale = try ScriptedSale(seats: ["A-1", "A-2"])
    let hold = try sale.held("A-1", as: "ann")
    try sale.send("SET", sale.keys.forSale.inventory.text, "77")
    let answer = try sale.furnish(["A-2", "A-1", "A-3", "A-3"])
    #expect(answer == .added(1, SeatCounts(total: 3, available: 2, held: 1, sold: 0)))
    #expect(try sale.inventory() == 2)
    #expect(try sale.confirm(hold, as: "ann") == .confirmed(["A-1"], heldFor: 0))
    #expect(
      try sale.send("ZRANGE", sale.keys.order.text, "0", "-1").texts == ["A-1", "A-2", "A-3"])
  }

  @Test("a seat that somebody holds or has bought stays")
  func retire() throws {
    let sale = try ScriptedSale()
    let bought = try sale.held("A-1", as: "ann")
    _ = try sale.confirm(bought, as: "ann")
    _ = try sale.held("A-2", as: "bob")
    let counts = SeatCounts(total: 5, available: 3, held: 1, sold: 1)
    #expect(
      try sale.retire("A-1", "A-2", "A-3", "B-9") == .removed(1, counts, stay: ["A-1", "A-2"]))
    #expect(try sale.inventory() == 3)
    #expect(try sale.word(of: "A-3") == nil)
    #expect(try sale.map().seats.count == 5)
  }

  @Test("of two lists at once, the one begun later wins")
  func superseded() throws {
    let sale = try ScriptedSale()
    try sale.furnish(["B-1"], plan: "mine")
    try sale.furnish([], plan: "theirs")
    let before = try sale.content()
    #expect(try sale.furnish(["B-2"], plan: "mine", begins: false) == .superseded)
    #expect(try sale.retire("A-1", plan: "mine") == .superseded)
    #expect(try sale.content() == before)
    let counts = SeatCounts(total: 8, available: 8, held: 0, sold: 0)
    #expect(try sale.furnish(["B-2"], plan: "theirs", begins: false) == .added(1, counts))
  }

  @Test("an event without seats has no inventory")
  func none() throws {
    let sale = try ScriptedSale(seats: ["A-1"])
    #expect(try sale.inventory() == 1)
    try sale.retire("A-1")
    #expect(try sale.inventory() == nil)
    try sale.furnish([])
    #expect(try sale.inventory() == nil)
    #expect(try sale.sweep().outcome == .nothing)
  }
}
