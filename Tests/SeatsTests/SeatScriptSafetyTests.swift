import Redis
import TestSupport
import Testing

@testable import Seats

@Suite("Every script of seats and stock")
struct SeatScriptSafetyTests {
  private let sale: ScriptedSale
  private let mine: HoldScript.Held

  init() throws {
    sale = try ScriptedSale()
    let bought = try sale.held("A-1", as: "ann")
    _ = try sale.confirm(bought, as: "ann")
    mine = try sale.held("A-2", as: "ann")
    _ = try sale.supply("coupon", 5)
    _ = try sale.take("coupon", as: "ann")
    try sale.send("HSET", sale.keys.confirm.last?.text ?? "", "epoch", "17")
    try sale.advance(.seconds(2))
  }

  /// Something that a script does, in a state in which it writes.
  enum Operation: CaseIterable {
    case hold, release, confirm, furnish, retire, sweep, take, supply

    /// Whether it needs room: a person who wants something new does.
    var needsMemory: Bool {
      switch self {
      case .hold, .furnish, .take, .supply: true
      case .release, .confirm, .retire, .sweep: false
      }
    }
  }

  /// Does it; true if that came of it which should.
  private func run(_ operation: Operation) throws -> Bool {
    switch operation {
    case .hold: return try sale.hold("A-3", as: "bob").isHeld
    case .release:
      if case .released = try sale.release(mine, as: "ann") { return true } else { return false }
    case .confirm:
      if case .confirmed = try sale.confirm(mine, as: "ann") { return true } else { return false }
    case .furnish:
      if case .added(1, _) = try sale.furnish(["B-1"]) { return true } else { return false }
    case .retire:
      if case .removed(1, _, _) = try sale.retire("A-6") { return true } else { return false }
    case .sweep: return try sale.sweep().snapshot != nil
    case .take:
      return try sale.take("coupon", as: "bob", grant: sale.grant("bob"))
        == .taken(TakenItem(number: 2, remaining: 3))
    case .supply: return try sale.supply("badge", 1) == .done(total: 1, taken: 0)
    }
  }

  private func keys(of operation: Operation) -> [Key] {
    switch operation {
    case .take, .supply: sale.keys.stock
    case .confirm: sale.keys.confirm
    case .hold, .release, .furnish, .retire, .sweep: sale.keys.seats
    }
  }

  @Test("changes nothing if any of its keys is of a wrong type", arguments: Operation.allCases)
  func wrongType(operation: Operation) throws {
    for key in keys(of: operation) {
      let sound = try sale.send("DUMP", key.text)
      guard case .bulk(let dump) = sound else { throw TestFailure("there is no \(key)") }
      try sale.send("DEL", key.text)
      // No script wants a list.
      try sale.send("RPUSH", key.text, "not for sale")
      let before = try sale.content()
      #expect(throws: ScriptError.self, "\(key)") { _ = try run(operation) }
      #expect(try sale.content() == before, "\(key)")
      try sale.send("DEL", key.text)
      let restored = try sale.redis.send(bytes: [
        Array("RESTORE".utf8), Array(key.text.utf8), Array("10000000".utf8), dump,
      ])
      #expect(restored == .status("OK"))
    }
  }

  @Test("needs no memory, or changes nothing if there is none", arguments: Operation.allCases)
  func outOfMemory(operation: Operation) throws {
    try sale.send("CONFIG", "SET", "maxmemory", "1")
    let before = try sale.content()
    if operation.needsMemory {
      let error = try #require(throws: ScriptError.self) { _ = try run(operation) }
      #expect(error.message.hasPrefix("OOM "))
      #expect(try sale.content() == before)
    } else {
      #expect(try run(operation))
      #expect((try sale.content() == before) == (operation == .sweep))
    }
  }

  @Test("a hold ends without memory, too")
  func endsWithoutMemory() throws {
    try sale.advance(.seconds(60))
    try sale.send("CONFIG", "SET", "maxmemory", "1")
    #expect(try sale.sweep().holdsEnded == 1)
    #expect(try sale.census() == ["available": 5, "sold": 1])
    #expect(try sale.inventory() == 5)
  }

  @Test("gives every key of its own its full time to live again", arguments: Operation.allCases)
  func timeToLive(operation: Operation) throws {
    for key in keys(of: operation) { try sale.send("EXPIRE", key.text, "100") }
    let ofQueue = sale.keys.confirm.last
    #expect(try run(operation))
    for key in keys(of: operation) where try sale.send("EXISTS", key.text) == .integer(1) {
      let seconds = try #require(try sale.send("TTL", key.text).integer)
      // Looking after seats is no reason to keep them, and the queue's state ends with the queue.
      let staysAsIs = operation == .sweep || key == ofQueue
      #expect(staysAsIs ? seconds <= 100 : (86_390...86_400).contains(seconds), "\(key)")
    }
  }

  @Test("writes whole numbers as digits until the year 2255")
  func digits() throws {
    try sale.advance(.microseconds((1 << 53) - 1_000_000_000 - sale.now))
    let hold = try sale.held("A-3", "A-4", as: "bob")
    try sale.advance(.seconds(3))
    #expect(try sale.confirm(hold, as: "bob") == .confirmed(["A-3", "A-4"], heldFor: 3_000_000))
    #expect(try sale.confirm(hold, as: "bob") == .confirmedBefore(["A-3", "A-4"]))
    _ = try sale.held("A-5", as: "cyd")
    _ = try sale.sweep()
    let values =
      try sale.send("HVALS", sale.keys.state.text).texts
      + sale.send("HVALS", sale.keys.status.text).texts
      + sale.send("ZRANGE", sale.keys.forSale.holds.text, "0", "-1", "WITHSCORES").texts
    for value in values { #expect(!value.contains(/[0-9]e[+-]?[0-9]/), "\(value)") }
  }

  @Test("luacheck finds nothing wrong in them", arguments: SeatScripts().all.map(\.name))
  func lint(name: String) throws {
    let script = try #require(SeatScripts().all.first { $0.name == name })
    let problems = try LuaCheck.problems(in: script.source)
    #expect(problems == "", "\(problems)")
  }
}
