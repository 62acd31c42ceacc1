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
    let forSale = ForSaleKeys(keys.event)
    #expect(forSale.inventory.text == "inventory:{concert-2025}")
    #expect(forSale.holds.text == "seat:holds:{concert-2025}")
    #expect(forSale.served.text == "seat:served:{concert-2025}")
    #expect(forSale.stockLeft.text == "stock:left:{concert-2025}")
    #expect(keys.settings.text == "queue:settings:{concert-2025}")
    #expect(EventKeys.events.text == "queue:events")
    #expect(EventKeys.settingsEvents(in: .plain).text == "queue:settings")
    #expect(EventKeys.secrets(in: .plain).text == "queue:secrets")
    #expect(EventKeys.secret(in: .plain).text == "queue:secret")
  }

  @Test("every key of an event is tagged with the event, whatever the event's name")
  func hashTags() throws {
    for name in ["a", "-", "..", "A_b.C-9", String(repeating: "x", count: 64)] {
      let keys = EventKeys(try #require(EventID(name)))
      let own = Mirror(reflecting: keys).children.compactMap { ($0.value as? Key)?.text }
      #expect(own.count == 16)
      let texts = keys.scriptKeys.map(\.text)
      #expect(Set(texts).isSuperset(of: own))
      #expect(Set(texts).count == 20)
      for text in texts { #expect(Self.hashTag(of: text) == name) }
    }
  }

  @Test("a prefix stands before every name, and leaves the hash tag alone")
  func prefix() throws {
    let event = try #require(EventID("e"))
    let space = try #require(KeySpace(prefix: "shop-1:"))
    let names = EventKeys(event).scriptKeys + [EventKeys.events, EventKeys.secret(in: .plain)]
    let prefixed =
      EventKeys(event, in: space).scriptKeys
      + [EventKeys.events(in: space), EventKeys.secret(in: space)]
    #expect(prefixed.map(\.text) == names.map { "shop-1:\($0)" })
    #expect(prefixed.map(\.slot).prefix(20) == names.map(\.slot).prefix(20))
    for text in ["", "{", "a}", "a*", "a b", "é", "a\\", String(repeating: "a", count: 65)] {
      #expect(KeySpace(prefix: text) == nil, "\(text)")
    }
    for text in ["a", "Z9._-:/", String(repeating: "a", count: 64)] {
      #expect(KeySpace(prefix: text)?.prefix == text)
    }
  }

  @Test("scripts get the queue's keys and what is left for sale, in the order that the files name")
  func scriptKeys() throws {
    let event = try #require(EventID("e"))
    let (keys, forSale) = (EventKeys(event), ForSaleKeys(event))
    #expect(
      keys.scriptKeys == [
        keys.waiting, keys.seen, keys.done, keys.state, keys.audit, forSale.inventory,
        forSale.holds, forSale.served, forSale.stockLeft, keys.admitted, keys.grants,
        keys.settings, keys.parked, keys.places, keys.ready, keys.calls, keys.noShows, keys.ahead,
        keys.inside, keys.ended,
      ])
    #expect(keys.event.text == "e")
  }

  /// What a cluster hashes: from the first `{` to the next `}`.
  private static func hashTag(of key: String) -> String? {
    guard let open = key.firstIndex(of: "{") else { return nil }
    let rest = key[key.index(after: open)...]
    return rest.firstIndex(of: "}").map { String(rest[..<$0]) }
  }
}
