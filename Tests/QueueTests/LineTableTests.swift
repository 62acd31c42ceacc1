import Loop
import Testing

@testable import Queue

@Suite("LineTable")
struct LineTableTests {
  private func event(_ number: Int) throws -> EventID { try #require(EventID("e\(number)")) }

  private func second(_ number: Int) -> Instant {
    Instant(nanoseconds: Int64(number) * 1_000_000_000)
  }

  @Test("remembers an event, and forgets it when nobody asked for its lifetime")
  func lifetime() throws {
    var table = LineTable(lifetime: .seconds(10))
    table.line(of: try event(1), at: second(0)).learn(created: 7)
    table.forgetUnused(at: second(9))
    #expect(table.line(of: try event(1), at: second(9)).knownCreated == 7)
    table.forgetUnused(at: second(19))
    #expect(table.line(of: try event(1), at: second(19)).knownCreated == 0)
  }

  @Test("forgets an event when it is asked for again, too: what it knew is out of date")
  func lifetimeOnAccess() throws {
    var table = LineTable(lifetime: .seconds(10))
    table.line(of: try event(1), at: second(0)).learn(created: 7)
    #expect(table.line(of: try event(1), at: second(9)).knownCreated == 7)
    #expect(table.line(of: try event(1), at: second(19)).knownCreated == 0)
  }

  @Test("stays within its capacity, and forgets those used longest ago")
  func capacity() throws {
    var table = LineTable(capacity: 10, lifetime: .seconds(1000))
    for number in 0..<25 { table.line(of: try event(number), at: second(number)).learn(created: 7) }
    #expect(table.line(of: try event(24), at: second(30)).knownCreated == 7)
    #expect(table.line(of: try event(0), at: second(30)).knownCreated == 0)
  }

  @Test("a line that finds nothing saved keeps what it knew")
  func nothingSaved() throws {
    var table = LineTable(lifetime: .seconds(10))
    let line = table.line(of: try event(1), at: second(0))
    line.learn(created: 7)
    line.learn(created: 0)
    #expect(line.knownCreated == 7)
  }

  @Test("never forgets a line with presence that is yet to be written down")
  func busy() throws {
    var table = LineTable(lifetime: .seconds(10))
    let line = table.line(of: try event(1), at: second(0))
    line.saw(try #require(UserID("a")))
    table.forgetUnused(at: second(99))
    #expect(table.line(of: try event(1), at: second(99)) === line)
    #expect(table.unwritten.count == 1)
  }

  @Test("holds more than its capacity while all of them are busy, and no longer")
  func flood() throws {
    var table = LineTable(capacity: 10, lifetime: .seconds(1000))
    let user = try #require(UserID("a"))
    for number in 0..<100 { table.line(of: try event(number), at: second(number)).saw(user) }
    #expect(table.unwritten.count == 100)
    for line in table.unwritten { _ = line.beginPulse() }
    let first = table.line(of: try event(0), at: second(100))
    for number in 0..<100 {
      table.line(of: try event(number), at: second(100))
        .endPulse(.failure(.timeout), at: second(100))
    }
    #expect(table.line(of: try event(0), at: second(100)) === first)
    // Room is made when the limit, which the flood has raised, is reached.
    for number in 100..<200 { _ = table.line(of: try event(number), at: second(number + 1)) }
    #expect(table.line(of: try event(0), at: second(300)) !== first)
  }
}
