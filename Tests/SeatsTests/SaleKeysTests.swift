import Queue
import Redis
import Testing

@testable import Seats

@Suite("SaleKeys")
struct SaleKeysTests {
  @Test("the names are those that dashboards, ACLs and operators know")
  func names() throws {
    let keys = SaleKeys(try #require(EventID("concert-2025")))
    #expect(keys.status.text == "seat:status:{concert-2025}")
    #expect(keys.forSale.holds.text == "seat:holds:{concert-2025}")
    #expect(keys.forSale.inventory.text == "inventory:{concert-2025}")
    #expect(keys.sold.text == "seat:sold:{concert-2025}")
    #expect(keys.order.text == "seat:order:{concert-2025}")
    #expect(keys.people.text == "seat:people:{concert-2025}")
    #expect(keys.forSale.served.text == "seat:served:{concert-2025}")
    #expect(keys.state.text == "seat:state:{concert-2025}")
    #expect(keys.stockTotal.text == "stock:total:{concert-2025}")
    #expect(keys.forSale.stockLeft.text == "stock:left:{concert-2025}")
    #expect(keys.stockTaken.text == "stock:taken:{concert-2025}")
    #expect(keys.stockStream.text == "stream:stock:{concert-2025}")
    #expect(SaleKeys.events.text == "seat:events")
  }

  @Test("with the queue's they are all keys of an event, each once, and all in its hash slot")
  func all() throws {
    for name in ["a", "-", "..", "A_b.C-9", String(repeating: "x", count: 64)] {
      let event = try #require(EventID(name))
      let keys = SaleKeys(event)
      let all = EventKeys(event, in: .plain).scriptKeys + keys.besideQueue
      #expect(all.count == 28)
      #expect(Set(all.map(\.text)).count == 28)
      #expect(all.allSatisfy { $0.text.hasSuffix(":{\(name)}") })
      #expect(Set(all).isSuperset(of: keys.seats + keys.sweep + keys.confirm + keys.stock))
      #expect(keys.confirm.last?.text == "queue:state:{\(name)}")
      #expect(keys.stock.last == keys.confirm.last)
      let named = Mirror(reflecting: keys).children.compactMap { ($0.value as? Key)?.text }
      #expect(Set(keys.besideQueue.map(\.text)) == Set(named))
    }
  }

  @Test("a prefix stands before every name")
  func prefix() throws {
    let event = try #require(EventID("e"))
    let space = try #require(KeySpace(prefix: "shop-1:"))
    let (plain, prefixed) = (SaleKeys(event), SaleKeys(event, in: space))
    for (keys, names) in [
      (prefixed.seats, plain.seats), (prefixed.sweep, plain.sweep), (prefixed.stock, plain.stock),
      (prefixed.confirm, plain.confirm),
      (prefixed.besideQueue, plain.besideQueue),
      ([SaleKeys.events(in: space)], [SaleKeys.events]),
    ] {
      #expect(keys.map(\.text) == names.map { "shop-1:\($0)" })
    }
  }
}
