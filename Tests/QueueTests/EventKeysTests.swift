import Redis
import Testing

@testable import Queue

@Suite("EventKeys")
struct EventKeysTests {
  @Test("the names are those that dashboards, ACLs and operators know")
  func names() throws {
    let keys = EventKeys(try #require(EventID("concert-2025")))
    #expect(keys.waiting.text == "queue:event:{concert-2025}")
    #expect(keys.seen.text == "queue:seen:{concert-2025}")
    #expect(keys.done.text == "queue:done:{concert-2025}")
    #expect(keys.state.text == "queue:state:{concert-2025}")
    #expect(keys.audit.text == "stream:event:{concert-2025}")
    #expect(keys.seatStatus.text == "seat:status:{concert-2025}")
    #expect(keys.seatHolds.text == "seat:holds:{concert-2025}")
    #expect(keys.inventory.text == "inventory:{concert-2025}")
    #expect(keys.seatSold.text == "seat:sold:{concert-2025}")
    #expect(keys.seatOrder.text == "seat:order:{concert-2025}")
    #expect(keys.seatPeople.text == "seat:people:{concert-2025}")
    #expect(keys.served.text == "seat:served:{concert-2025}")
    #expect(keys.seatState.text == "seat:state:{concert-2025}")
    #expect(keys.stockTotal.text == "stock:total:{concert-2025}")
    #expect(keys.stockLeft.text == "stock:left:{concert-2025}")
    #expect(keys.stockTaken.text == "stock:taken:{concert-2025}")
    #expect(keys.stockStream.text == "stream:stock:{concert-2025}")
    #expect(EventKeys.sales.text == "seat:events")
    #expect(EventKeys.events.text == "queue:events")
    #expect(EventKeys.secret.text == "queue:secret")
  }

  @Test("every key of an event is tagged with the event, whatever the event's name")
  func hashTags() throws {
    for name in ["a", "-", "..", "A_b.C-9", String(repeating: "x", count: 64)] {
      let keys = EventKeys(try #require(EventID(name)))
      let texts = Mirror(reflecting: keys).children.compactMap { ($0.value as? Key)?.text }
      #expect(texts.count == 17)
      #expect(Set(texts).count == 17)
      for text in texts { #expect(Self.hashTag(of: text) == name) }
    }
  }

  @Test("scripts get the queue's keys and what is left to sell, in the order that event.lua names")
  func scriptKeys() throws {
    let keys = EventKeys(try #require(EventID("e")))
    #expect(
      keys.scriptKeys == [
        keys.waiting, keys.seen, keys.done, keys.state, keys.audit, keys.inventory, keys.seatHolds,
        keys.served, keys.stockLeft,
      ])
    let texts = Mirror(reflecting: keys).children.compactMap { ($0.value as? Key)?.text }
    #expect(Set(keys.allKeys.map(\.text)) == Set(texts))
    #expect(keys.event.text == "e")
  }

  /// What a cluster hashes: from the first `{` to the next `}`.
  private static func hashTag(of key: String) -> String? {
    guard let open = key.firstIndex(of: "{") else { return nil }
    let rest = key[key.index(after: open)...]
    return rest.firstIndex(of: "}").map { String(rest[..<$0]) }
  }
}
