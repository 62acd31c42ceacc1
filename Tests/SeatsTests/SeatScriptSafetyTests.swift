import Redis
import TestSupport
import Testing

@testable import Seats

@Suite("Every script of seats and stock")
struct SeatScriptSafetyTests {
  private let sale: ScriptedSale
  private let mine: HoldAnswer.Held

  init() throws {
    sale = try ScriptedSale()
    let bought = try sale.held("A-1", as: "ann")
    _ = try sale.confirm(bought, as: "ann")
    mine = try sale.held("A-2", as: "ann")
    _ = try sale.supply("coupon", 5)
    _ = try sale.take("coupon", as: "ann")
    try sale.advance(.seconds(2))
  }

  /// Something that a script does, in a state in which it writes.
  enum Operation: CaseIterable {
    case hold, release, confirm, furnish, retire, sweep, take, supply

    /// Whether it needs room: whoever wants something new does.
    var needsMemory: Bool {
      switch self {
      case .hold, .furnish, .take, .supply: true
      case .release, .confirm, .retire, .sweep: false
      }
    }

    /// How many of `Seats`' keys it is given.
    var isAboutStock: Bool { self == .take || self == .supply }
  }

  /// Does it; true if that came of it which should.
  private func run(_ operation: Operation) throws -> Bool {
    switch operation {
    case .hold: return try sale.hold("A-3", as: "bob").isHeld
    case .release:
      if case .done = try sale.release(mine, as: "ann") { return true } else { return false }
    case .confirm:
      if case .done = try sale.confirm(mine, as: "ann") { return true } else { return false }
    case .furnish: return try sale.furnish(["B-1"]).integer(2) == 1
    case .retire: return try sale.call(\.retire, ["p", "A-6"]).integer(2) == 1
    case .sweep: return try sale.sweep().counts != nil
    case .take:
      return try sale.take("coupon", as: "bob", grant: (1, sale.now + 1))
        == .taken(number: 2, left: 3)
    case .supply: return try sale.supply("badge", 1).integer(0) == 1
    }
  }

  private func keys(of operation: Operation) -> [Key] {
    operation.isAboutStock ? sale.saleKeys.stock : sale.saleKeys.seats
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
    #expect(try sale.sweep().counts?.ended == 1)
    #expect(try sale.census() == ["available": 5, "sold": 1])
    #expect(try sale.inventory() == 5)
  }

  @Test("gives every key of its own its full time to live again", arguments: Operation.allCases)
  func timeToLive(operation: Operation) throws {
    for key in keys(of: operation) { try sale.send("EXPIRE", key.text, "100") }
    #expect(try run(operation))
    for key in keys(of: operation) where try sale.send("EXISTS", key.text) == .integer(1) {
      let seconds = try #require(try sale.send("TTL", key.text).integer)
      // Looking after seats is no reason to keep them.
      #expect(operation == .sweep ? seconds <= 100 : (86_390...86_400).contains(seconds), "\(key)")
    }
  }

  @Test("writes whole numbers as digits until the year 2255")
  func digits() throws {
    try sale.advance(.microseconds((1 << 53) - 1_000_000_000 - sale.now))
    let hold = try sale.held("A-3", "A-4", as: "bob")
    try sale.advance(.seconds(3))
    #expect(try sale.confirm(hold, as: "bob") == .done(heldFor: 3_000_000, seats: ["A-3", "A-4"]))
    #expect(try sale.confirm(hold, as: "bob") == .doneBefore(seats: ["A-3", "A-4"]))
    _ = try sale.held("A-5", as: "cyd")
    _ = try sale.sweep()
    let values =
      try sale.send("HVALS", sale.keys.seatState.text).texts
      + sale.send("HVALS", sale.keys.seatStatus.text).texts
      + sale.send("ZRANGE", sale.keys.seatHolds.text, "0", "-1", "WITHSCORES").texts
    for value in values { #expect(!value.contains(/[0-9]e[+-]?[0-9]/), "\(value)") }
  }

  @Test("uses no global variable but Redis' own", .enabled(if: SeatScriptSafetyTests.hasLuac))
  func globals() throws {
    let allowed: Set = [
      "ARGV", "KEYS", "ipairs", "math", "redis", "string", "tonumber", "unpack",
    ]
    for script in SeatScripts().all {
      let listing = try Command.run("luac5.1", ["-l", "-p", "-"], input: script.source)
      #expect(listing.status == 0, "\(script): \(listing.errors)")
      #expect(!listing.output.contains("SETGLOBAL"), "\(script)")
      let globals = listing.output.matches(of: /GETGLOBAL.*; (\w+)/).map { String($0.output.1) }
      #expect(Set(globals).subtracting(allowed) == [], "\(script)")
    }
  }

  private static let hasLuac = (try? Command.run("luac5.1", ["-v"]))?.status == 0
}
