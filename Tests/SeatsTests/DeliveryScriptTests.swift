import TestSupport
import Testing

@testable import Seats

@Suite("delivery.lua")
struct DeliveryScriptTests {
  @Test("a hold that is bought is one sale with all its seats, once, and one that is not is none")
  func confirmed() throws {
    let sale = try ScriptedSale()
    let bought = try sale.held("A-2", "A-1", as: "ann")
    let given = try sale.held("A-3", as: "bob")
    _ = try sale.confirm(bought, as: "ann")
    _ = try sale.confirm(bought, as: "ann")
    _ = try sale.confirm(bought, as: "bob")
    _ = try sale.release(given, as: "bob")
    _ = try sale.confirm(given, as: "bob")
    #expect(
      try sale.deliveries() == [
        ["op", "confirm", "user", "ann", "hold", "\(bought.number)", "seats", "A-1 A-2"]
      ])
  }

  @Test("each sale carries the epoch that the event has in that moment")
  func epoch() throws {
    let sale = try ScriptedSale()
    _ = try sale.supply("coupon", 3)
    let state = try #require(sale.keys.stock.last).text
    _ = try sale.take("coupon", as: "ann")
    try sale.send("HSET", state, "epoch", "17")
    _ = try sale.take("coupon", as: "bob")
    _ = try sale.confirm(try sale.held("A-1", as: "bob"), as: "bob")
    try sale.send("HSET", state, "epoch", "18")
    _ = try sale.take("coupon", as: "cyd")
    let entries = try sale.send("XRANGE", sale.keys.stockStream.text, "-", "+").elements ?? []
    let epochs = entries.map { $0.elements?.last?.texts.prefix(2) }
    #expect(epochs == ["0", "17", "17", "18"].map { ["epoch", $0] })
  }

  @Test("a sale that nobody queued for makes no state of a queue")
  func state() throws {
    let sale = try ScriptedSale()
    _ = try sale.supply("coupon", 1)
    _ = try sale.take("coupon", as: "ann")
    _ = try sale.confirm(try sale.held("A-1", as: "bob"), as: "bob")
    let state = try #require(sale.keys.stock.last).text
    #expect(try sale.send("EXISTS", state) == .integer(0))
  }

  @Test("the stream keeps about as many sales as it should, the latest")
  func bound() throws {
    var settings = SeatSettings()
    settings.streamMax = 100
    let sale = try ScriptedSale(seats: [], settings)
    _ = try sale.supply("coupon", 1000)
    for person in 0..<1000 { _ = try sale.take("coupon", as: "p\(person)") }
    // Redis lets go of whole nodes of a hundred.
    #expect((100...200).contains(try sale.deliveries().count))
    #expect(try sale.deliveries().last?.last == "1000")
  }
}
