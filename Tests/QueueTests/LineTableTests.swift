import Loop
import Testing

@testable import Queue

@Suite("LineTable")
struct LineTableTests {
  private func event(_ number: Int) throws -> EventID { try #require(EventID("e\(number)")) }

  private let store = StoreKnowledge(lifetime: .seconds(10))

  private func second(_ number: Int) -> Instant {
    Instant(nanoseconds: Int64(number) * 1_000_000_000)
  }

  @Test("remembers an event, and forgets it when nobody asked for its lifetime")
  func lifetime() throws {
    var table = LineTable(lifetime: .seconds(10))
    let line = table.line(of: try event(1), at: second(0), knowing: store)
    table.forgetUnused(at: second(9))
    #expect(table.line(of: try event(1), at: second(9), knowing: store) === line)
    table.forgetUnused(at: second(19))
    #expect(table.line(of: try event(1), at: second(19), knowing: store) !== line)
  }

  @Test("forgets an event when it is asked for again, too: what it knew is out of date")
  func lifetimeOnAccess() throws {
    var table = LineTable(lifetime: .seconds(10))
    let line = table.line(of: try event(1), at: second(0), knowing: store)
    #expect(table.line(of: try event(1), at: second(9), knowing: store) === line)
    #expect(table.line(of: try event(1), at: second(19), knowing: store) !== line)
  }

  @Test("stays within its capacity, and forgets those used longest ago")
  func capacity() throws {
    var table = LineTable(capacity: 10, lifetime: .seconds(1000))
    let lines = try (0..<25).map {
      table.line(of: try event($0), at: second($0), knowing: store)
    }
    #expect(table.line(of: try event(24), at: second(30), knowing: store) === lines[24])
    #expect(table.line(of: try event(0), at: second(30), knowing: store) !== lines[0])
  }

  @Test("never forgets a line with presence that is yet to be written down")
  func busy() throws {
    var table = LineTable(lifetime: .seconds(10))
    let line = table.line(of: try event(1), at: second(0), knowing: store)
    line.saw(try #require(UserID("a")))
    table.forgetUnused(at: second(99))
    #expect(table.line(of: try event(1), at: second(99), knowing: store) === line)
    #expect(table.watched(at: second(99)).count == 1)
  }

  @Test("holds more than its capacity while all of them are busy, and no longer")
  func flood() throws {
    var table = LineTable(capacity: 10, lifetime: .seconds(1000))
    let user = try #require(UserID("a"))
    for number in 0..<100 {
      table.line(of: try event(number), at: second(number), knowing: store).saw(user)
    }
    #expect(table.watched(at: second(99)).count == 100)
    for line in table.watched(at: second(99)) { _ = line.beginPulse() }
    let first = table.line(of: try event(0), at: second(100), knowing: store)
    for number in 0..<100 {
      table.line(of: try event(number), at: second(100), knowing: store)
        .endPulse(.failure(.timeout), at: second(100))
    }
    #expect(table.line(of: try event(0), at: second(100), knowing: store) === first)
    // Room is made when the limit, which the flood has raised, is reached.
    for number in 100..<200 {
      _ = table.line(of: try event(number), at: second(number + 1), knowing: store)
    }
    #expect(table.line(of: try event(0), at: second(300), knowing: store) !== first)
  }
}
