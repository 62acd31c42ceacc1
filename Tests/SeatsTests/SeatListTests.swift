import TestSupport
import Testing

@testable import Seats

@Suite("The list of seats")
struct SeatListTests {
  private func map(
    _ sale: ScriptedSale, after: Int = 0, limit: Int = 1000, known: String = "0"
  ) throws -> [RedisReply] {
    try sale.call(\.map, ["\(after)", "\(limit)", known])
  }

  @Test("seats are told in the order of the list, page by page, each once")
  func pages() throws {
    let seats = (0..<25).map { "S-\(($0 * 7) % 25)" }
    let sale = try ScriptedSale(seats: seats)
    var (after, told, pages) = (0, [String](), 0)
    repeat {
      let page = try map(sale, after: after, limit: 10)
      told += stride(from: 8, to: page.count, by: 2).map { page[$0].asText }
      after = Int(try page.integer(7))
      pages += 1
    } while after != 0
    #expect(told == seats)
    #expect(pages == 3)
  }

  @Test("the version changes with the map, and only with it; who knows it gets no page")
  func version() throws {
    let sale = try ScriptedSale()
    func version() throws -> String { try map(sale, limit: 0).text(2) }
    let first = try version()
    _ = try sale.hold("B-9", as: "ann")
    try sale.advance(.seconds(3))
    #expect(try version() == first)
    #expect(try map(sale, known: first).count == 8)
    let hold = try sale.held("A-1", as: "ann")
    let second = try version()
    #expect(second != first)
    #expect(try map(sale, known: first).count == 8 + 12)
    _ = try sale.hold("A-1", as: "ann")
    #expect(try version() == second)
    #expect(try sale.confirm(hold, as: "ann") == .done(heldFor: 0, seats: ["A-1"]))
    let third = try version()
    #expect(third != second)
    _ = try sale.held("A-2", as: "ann")
    try sale.advance(.seconds(61))
    let page = try map(sale, known: third)
    #expect(try page.text(2) != third)
    #expect(page.map(\.asText).suffix(12).prefix(4) == ["A-1", "sold", "A-2", "available"])
  }

  @Test("adding seats leaves those that are there as they are, and counts the inventory anew")
  func furnish() throws {
    let sale = try ScriptedSale(seats: ["A-1", "A-2"])
    let hold = try sale.held("A-1", as: "ann")
    try sale.send("SET", sale.keys.inventory.text, "77")
    let answer = try sale.furnish(["A-2", "A-1", "A-3", "A-3"])
    #expect(answer.dropFirst(2).map(\.asText) == ["1", "3", "2", "1", "0"])
    #expect(try sale.inventory() == 2)
    #expect(try sale.confirm(hold, as: "ann") == .done(heldFor: 0, seats: ["A-1"]))
    #expect(
      try sale.send("ZRANGE", sale.keys.seatOrder.text, "0", "-1").texts == ["A-1", "A-2", "A-3"])
  }

  @Test("a seat that somebody holds or has bought stays")
  func retire() throws {
    let sale = try ScriptedSale()
    let bought = try sale.held("A-1", as: "ann")
    _ = try sale.confirm(bought, as: "ann")
    _ = try sale.held("A-2", as: "bob")
    let answer = try sale.call(\.retire, ["p", "A-1", "A-2", "A-3", "B-9"])
    #expect(answer.dropFirst(2).map(\.asText) == ["1", "5", "3", "1", "1", "A-1", "A-2"])
    #expect(try sale.inventory() == 3)
    #expect(try sale.word(of: "A-3") == nil)
    #expect(try map(sale).count == 8 + 10)
  }

  @Test("of two lists at once, the one begun later wins")
  func superseded() throws {
    let sale = try ScriptedSale()
    try sale.furnish(["B-1"], plan: "mine")
    try sale.furnish([], plan: "theirs")
    let before = try sale.content()
    #expect(try sale.furnish(["B-2"], plan: "mine", begins: false).text(1) == "SUPERSEDED")
    #expect(try sale.call(\.retire, ["mine", "A-1"]).text(1) == "SUPERSEDED")
    #expect(try sale.content() == before)
    #expect(try sale.furnish(["B-2"], plan: "theirs", begins: false).integer(2) == 1)
  }

  @Test("an event without seats has no inventory")
  func none() throws {
    let sale = try ScriptedSale(seats: ["A-1"])
    #expect(try sale.inventory() == 1)
    _ = try sale.call(\.retire, ["p", "A-1"])
    #expect(try sale.inventory() == nil)
    try sale.furnish([])
    #expect(try sale.inventory() == nil)
    #expect(try sale.sweep() == .nothing)
  }
}
