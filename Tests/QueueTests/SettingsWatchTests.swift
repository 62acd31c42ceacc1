import Testing

@testable import Queue

@Suite("SettingsWatch")
struct SettingsWatchTests {
  private var watch = SettingsWatch()
  private let event: EventID

  init() throws {
    event = try #require(EventID("e"))
  }

  private func stored(
    _ version: Int64, until: Int64 = 0, _ texts: [EventSettings.Field: String] = [:]
  ) -> StoredSettings {
    StoredSettings(version: version, until: until, settings: EventSettings(texts))
  }

  /// Finds what Redis has, at a time in µs.
  private mutating func found(
    _ stored: StoredSettings, byHand: [EventSettings.Field: String] = [:], at time: Int64 = 0
  ) -> [SettingsWatch.Action] {
    watch.found(.init(stored: stored, byHand: EventSettings(byHand)), of: event, at: time)
  }

  @Test("what Redis has lost is written back, until it is there again or something newer")
  mutating func loss() {
    let first = stored(5, [.state: "paused"])
    #expect(found(first) == [])
    #expect(watch.version(of: event) == 5)
    #expect(found(stored(0)) == [.writeBack(first)])
    #expect(found(stored(4, [.rate: "1"])) == [.writeBack(first)])
    #expect(found(first) == [])
    #expect(found(stored(6, [.rate: "1"])) == [])
    #expect(watch.version(of: event) == 6)
    // An answer that was under way when another changed it says less than is known.
    watch.wrote(first, of: event)
    #expect(watch.version(of: event) == 6)
  }

  @Test("a note that nothing is set is written back as long as it lives, and then forgotten")
  mutating func tombstone() {
    let over = stored(5, until: 1000)
    #expect(found(over, at: 10) == [])
    #expect(watch.events == [event])
    #expect(found(stored(0), at: 999) == [.writeBack(over)])
    #expect(found(stored(0), at: 1000) == [])
    #expect(watch.events == [])
    #expect(watch.version(of: event) == 0)
  }

  @Test("a change by hand is told once, and one through the API by whoever made it")
  mutating func changes() {
    #expect(found(stored(0), byHand: [.rate: "5"]) == [])
    #expect(
      found(stored(0), byHand: [.rate: "6"])
        == [
          .changedByHand(
            before: EventSettings([.rate: "5"]), after: EventSettings([.rate: "6"]))
        ])
    #expect(found(stored(0), byHand: [.rate: "6"]) == [])
    #expect(found(stored(7, [.rate: "9"]), byHand: [.rate: "6"]) == [])
    // It does not count.
    #expect(found(stored(7, [.rate: "9"]), byHand: [.rate: "8"]) == [])
    #expect(
      found(stored(7, [.rate: "10"]), byHand: [.rate: "8"])
        == [
          .changedByHand(
            before: EventSettings([.rate: "9"]), after: EventSettings([.rate: "10"]))
        ])
    // Before it has looked, it cannot tell what was written by hand before.
    let other = EventID("other")!
    watch.wrote(stored(8), of: other)
    #expect(
      watch.found(
        .init(stored: stored(8), byHand: EventSettings([.rate: "5"])), of: other, at: 0) == [])
  }

  @Test("what makes no sense is told once a change, and when it makes sense again")
  mutating func nonsense() {
    func nonsense(_ text: String, isInState: Bool = true) -> SettingsWatch.Action {
      .nonsense([.init(field: .state, text: text, isInState: isInState)])
    }
    #expect(found(stored(0), byHand: [.state: "pause"]) == [nonsense("pause")])
    #expect(found(stored(0), byHand: [.state: "pause"]) == [])
    #expect(watch.nonsense(of: event) == 1)
    #expect(found(stored(0), byHand: [.state: "stop"]).last == nonsense("stop"))
    #expect(found(stored(0), byHand: [.state: "open"]).last == .nonsense([]))
    #expect(watch.nonsense(of: event) == 0)
    #expect(
      found(stored(1, [.state: "shut"]), byHand: [.state: "pause"])
        == [nonsense("shut", isInState: false)])
    #expect(found(stored(2, [.state: "open"]), byHand: [.state: "pause"]) == [.nonsense([])])
  }

  @Test("an event without settings is forgotten when nobody asks for it any more")
  mutating func forgetting() {
    #expect(found(stored(0), byHand: [.rate: "5"]) == [])
    watch.keep([])
    #expect(watch.stored(of: event) == nil)
    #expect(found(stored(5, [.rate: "5"])) == [])
    watch.keep([])
    #expect(watch.version(of: event) == 5)
  }
}
