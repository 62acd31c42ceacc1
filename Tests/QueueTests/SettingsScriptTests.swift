import TestSupport
import Testing

@testable import Queue

@Suite("settings.lua")
struct SettingsScriptTests {
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(QueueSettings(admissionRate: 2, admissionBurst: 3))
  }

  private func changed(
    _ texts: [EventSettings.Field: String?], if condition: SettingsCondition = .none
  ) throws -> StoredSettings {
    let change = try event.change(SettingsPatch(texts), if: condition)
    guard case .changed(_, let after) = change else {
      Issue.record("\(change)")
      return StoredSettings()
    }
    return after
  }

  @Test("what is set goes before what was written by hand, and that before the flags")
  func precedence() throws {
    try event.set("rate", "0.5")
    #expect(try event.pulse().rate == 0.5)
    _ = try changed([.rate: "7", .burst: "9"])
    #expect(try event.pulse().rate == 7)
    #expect(try event.pulse().burst == 9)
    _ = try changed([.rate: nil])
    #expect(try event.pulse().rate == 0.5)
    #expect(try event.pulse().burst == 9)
    try event.send("HDEL", event.keys.state.text, "rate")
    #expect(try event.pulse().rate == 2)
  }

  @Test("a version is a tick of the event, and the later one is the greater one")
  func versions() throws {
    let first = try changed([.rate: "7"])
    #expect(first.version == event.now)
    let ticket = try event.ticket(of: "a")
    #expect(ticket > first.version)
    let second = try changed([.rate: "8"])
    #expect(second.version > ticket)
    // The state is lost alone, and the clock has stepped back.
    try event.lose(event.keys.state)
    try event.advance(.seconds(-100))
    #expect(try changed([.rate: "9"]).version == second.version + 1)
  }

  @Test("a change says what was before, is in the trail, and makes an event that nobody joined")
  func change() throws {
    #expect(try !event.reading().isKnown)
    _ = try changed([.rate: "7", .state: "paused"])
    #expect(try event.reading().isKnown)
    let change = try event.change(SettingsPatch([.rate: nil, .queueLimit: "5"]))
    guard case .changed(let before, let after) = change else { return #expect(Bool(false)) }
    #expect("\(before.settings)" == "rate=7 state=paused")
    #expect("\(after.settings)" == "state=paused queue_limit=5")
    #expect(
      try event.trail().last
        == "op settings who operator trace trace before rate=7 state=paused "
        + "after state=paused queue_limit=5")
    #expect(try event.send("TTL", event.keys.settings.text) == .integer(-1))
    #expect(try #require(try event.send("TTL", event.keys.state.text).integer) > 0)
  }

  @Test("a version that may not be replaced is not")
  func conditions() throws {
    #expect(try event.change(SettingsPatch(), if: .exists) == .stale(version: 0))
    let version = try changed([.rate: "7"], if: .version([0])).version
    #expect(
      try event.change(SettingsPatch([.rate: "8"]), if: .version([0, version - 1]))
        == .stale(version: version))
    #expect(try event.change(SettingsPatch(), if: .version([])) == .stale(version: version))
    #expect(try event.pulse().rate == 7)
    #expect(try changed([.rate: "8"], if: .version([1, version])).version > version)
    #expect(try changed([.rate: "9"], if: .exists).settings[.rate] == "9")
  }

  @Test("they live on when the line has ended, and whoever polls does not change that")
  func noExpiry() throws {
    _ = try changed([.state: "paused"])
    try event.join("a")
    try event.pulse("a")
    _ = try event.park()
    #expect(try event.send("TTL", event.keys.settings.text) == .integer(-1))
    for key in event.keys.scriptKeys where key != event.keys.settings { try event.lose(key) }
    #expect(try event.denial("a", event.ticket(of: "a"))?.state == .paused)
  }

  private func deleted() throws -> StoredSettings {
    guard case .changed(_, let after) = try event.delete() else {
      throw TestFailure("it was not deleted")
    }
    return after
  }

  @Test("an event that is set to be as the flags say stays so until it is deleted")
  func setToNothing() throws {
    event.settings.eventTTL = .seconds(3600)
    #expect(try event.delete() == .unknown)
    let stored = try changed([:])
    #expect(stored.isSet && stored.settings.isEmpty)
    #expect(try event.send("TTL", event.keys.settings.text) == .integer(-1))
    #expect(try event.pulse().isNamed)
    #expect(try event.delete(if: .version([stored.version + 1])) == .stale(version: stored.version))
    #expect(try !deleted().isSet)
    #expect(try !event.pulse().isNamed)
    #expect(try !event.reading().isKnown)
    #expect(try event.trail().last == "op delete who operator trace trace before  after ")
    #expect(try event.delete() == .unknown)
    guard case .stale = try event.change(SettingsPatch(), if: .exists) else {
      return #expect(Bool(false))
    }
    try event.join("a")
    #expect(try event.reading().isKnown)
  }

  @Test("when settings are deleted, a note of that stays for event-ttl, and no longer")
  func tombstone() throws {
    event.settings.eventTTL = .seconds(3600)
    let set = try changed([.state: "paused"])
    let over = try deleted()
    #expect(over.settings.isEmpty)
    #expect(over.until == event.now + 3_600_000_000)
    #expect(try event.send("TTL", event.keys.settings.text) == .integer(3600))
    // Who remembers less cannot bring it back.
    #expect(try event.writeBack(set) == over)
    #expect(try event.pulse().state == .open)
    // What is set again lives on.
    _ = try changed([.rate: "5"])
    #expect(try event.send("TTL", event.keys.settings.text) == .integer(-1))
    let last = try deleted()
    try event.lose(event.keys.settings)
    #expect(try event.writeBack(last) == last)
    try event.advance(.seconds(3600))
    #expect(try event.reading().stored == StoredSettings())
    try event.lose(event.keys.settings)
    _ = try event.writeBack(last)
    #expect(try event.send("EXISTS", event.keys.settings.text) == .integer(0))
  }

  @Test("what is lost is not changed before it is written back, and the greatest version wins")
  func losses() throws {
    let first = try changed([.state: "paused"])
    let second = try changed([.rate: "5"])
    try event.loseEverything()
    #expect(
      try event.change(SettingsPatch([.rate: "6"]), version: second.version) == .rebuilding)
    #expect(try event.writeBack(first) == first)
    #expect(
      try event.change(SettingsPatch([.rate: "6"]), version: second.version) == .rebuilding)
    #expect(try event.writeBack(second) == second)
    #expect(try event.writeBack(first) == second)
    #expect(try event.pulse().state == .paused)
    guard case .changed = try event.change(SettingsPatch([.rate: "6"]), version: second.version)
    else { return #expect(Bool(false)) }
  }

  @Test("an event resumes with an empty bucket")
  func resuming() throws {
    _ = try changed([.state: "paused"])
    let ticket = try event.ticket(of: "a")
    #expect(try event.pulse().tokens == 0)
    try event.advance(.seconds(3600))
    _ = try changed([.state: "open"])
    #expect(try event.denial("a", ticket)?.tokens == 0)
    try event.advance(.milliseconds(250))
    #expect(try event.pulse().tokens == 0.5)
    try event.advance(.milliseconds(250))
    #expect(try event.enter("a", ticket).isAdmitted)
  }

  @Test("the limit of a line, and who may join when all is sold, are the event's own")
  func joining() throws {
    _ = try changed([.queueLimit: "1", .soldOutJoin: "refuse"])
    try event.join("a")
    #expect(try event.join(["b"], limit: 100) == [.full])
    _ = try changed([.queueLimit: "0"])
    #expect(try event.join(["b"], limit: 1).first != .full)
    try event.send("SET", ForSaleKeys(event.keys.event).inventory.text, "0")
    #expect(try event.join(["c"]) == [.soldOut])
    _ = try changed([.soldOutJoin: "allow"])
    #expect(try event.join(["c"], refuses: true) != [.soldOut])
  }

  @Test("a change works when memory is short: an operator must be able to pause")
  func outOfMemory() throws {
    try event.join("a")
    try event.send("CONFIG", "SET", "maxmemory", "1")
    _ = try changed([.state: "paused"])
    #expect(try event.pulse().state == .paused)
  }

  @Test("reading tells what is set, and how the event stands")
  func reading() throws {
    let stored = try changed([.burst: "2", .state: "closed"])
    try event.set("joined", "7")
    try event.send("SET", ForSaleKeys(event.keys.event).inventory.text, "4")
    let reading = try event.reading()
    #expect(reading.stored == stored)
    #expect(
      reading.live
        == LiveEvent(
          time: event.now, state: .closed, waiting: 0, ready: 0, inside: 0, parked: 0, joined: 7,
          admitted: 0, noShows: 0, rate: 2, tokens: 2, isSoldOut: false, remaining: 4))
  }
}
