import Loop
import Testing

@testable import HTTP

@Suite("The table of connections")
struct ConnectionTableTests {
  typealias Phase = ConnectionTable.Phase

  /// Limits that differ, so that a test shows which one counts.
  static let limits = ConnectionTable.Limits(
    header: .seconds(5), body: .seconds(7), answer: .seconds(30), idle: .seconds(75))
  private var table = ConnectionTable(limits: limits)

  private func connection(_ number: Int) throws -> Connection {
    Connection(try #require(OpaquePointer(bitPattern: number)))
  }

  private func second(_ seconds: Double) -> Instant {
    Instant(nanoseconds: Int64(seconds * 1e9))
  }

  @Test(
    "gives each phase its own time, from when it began",
    arguments: [
      (Phase.fresh, 5.0), (.body, 27.0), (.answer, 50.0), (.idle, 95.0),
      // The header block has the time that is left.
      (.header, 5.0),
    ])
  mutating func limitsPhases(phase: Phase, deadline: Double) throws {
    let first = try connection(1)
    let slot = table.open(first, at: second(0))
    if phase != .fresh { table.enter(phase, slot, at: second(20)) }
    #expect(table.overdue(at: second(deadline - 0.001)) == [])
    #expect(table.overdue(at: second(deadline)) == [first])
  }

  @Test("gives a later header block its own time")
  mutating func limitsLaterHeader() throws {
    let first = try connection(1)
    let slot = table.open(first, at: second(0))
    table.enter(.idle, slot, at: second(1))
    table.enter(.header, slot, at: second(10))
    #expect(table.overdue(at: second(14.999)) == [])
    #expect(table.overdue(at: second(15)) == [first])
  }

  @Test("does not limit an exchange", arguments: [Phase.exchange, .suspended])
  mutating func leavesExchanges(phase: Phase) throws {
    let slot = table.open(try connection(1), at: second(0))
    table.enter(phase, slot, at: second(1))
    #expect(table.overdue(at: second(1e6)) == [])
  }

  @Test("names an overdue connection once")
  mutating func namesOnce() throws {
    let first = try connection(1)
    _ = table.open(first, at: second(0))
    #expect(table.overdue(at: second(5)) == [first])
    #expect(table.overdue(at: second(6)) == [])
  }

  @Test("counts connections and exchanges, through every change of phase")
  mutating func counts() throws {
    let slots = try (1...3).map { table.open(try connection($0), at: second(0)) }
    #expect(table.count == 3)
    for old in Phase.allCases {
      for new in Phase.allCases {
        table.enter(old, slots[0], at: second(1))
        table.enter(new, slots[0], at: second(1))
        #expect(table.exchanges == (new == .exchange || new == .suspended ? 1 : 0))
      }
    }
    table.enter(.exchange, slots[1], at: second(1))
    table.enter(.suspended, slots[2], at: second(1))
    #expect(table.exchanges == 2)
    #expect(table.suspended == [try connection(3)])
    table.close(slots[1])
    table.close(slots[2])
    #expect(table.exchanges == 0)
    #expect(table.count == 1)
    #expect(table.suspended == [])
  }

  @Test("uses a slot again, with nothing left of its last connection")
  mutating func reusesSlots() throws {
    let slot = table.open(try connection(1), at: second(0))
    table.enter(.exchange, slot, at: second(1))
    table.close(slot)
    table.close(slot)
    #expect(table.count == 0)
    let second = try connection(2)
    #expect(table.open(second, at: self.second(10)) == slot)
    #expect(table.exchanges == 0)
    #expect(table.overdue(at: self.second(14.999)) == [])
    #expect(table.overdue(at: self.second(15)) == [second])
  }

  @Test("checks again before any limit that may yet be set can end")
  mutating func looksInTime() throws {
    #expect(table.nextCheck(after: second(0)) == nil)
    let slot = table.open(try connection(1), at: second(0))
    #expect(table.nextCheck(after: second(0)) == second(5))
    #expect(table.nextCheck(after: second(3)) == second(5))
    table.enter(.idle, slot, at: second(3))
    #expect(table.nextCheck(after: second(3)) == second(8))
    table.enter(.exchange, slot, at: second(3))
    #expect(table.nextCheck(after: second(3)) == second(8))
  }

  @Test("pauses between checks, so that many deadlines are few checks")
  mutating func pauses() throws {
    _ = table.open(try connection(1), at: second(0))
    #expect(table.nextCheck(after: second(4.99)) == second(5.09))
    #expect(table.nextCheck(after: second(6)) == second(6.1))
  }

  @Test("ends idling: a connection that waits for a request is overdue, now and later")
  mutating func endsIdling() throws {
    let connections = try (1...Phase.allCases.count).map(connection)
    let slots = connections.map { table.open($0, at: second(0)) }
    for (slot, phase) in zip(slots, Phase.allCases) where phase != .fresh {
      table.enter(phase, slot, at: second(1))
    }
    table.endIdling(at: second(2))
    let idle = zip(connections, Phase.allCases)
      .filter { $1 == .fresh || $1 == .idle }.map(\.0)
    #expect(table.overdue(at: second(2)) == idle)

    let exchange = try #require(Phase.allCases.firstIndex(of: .exchange))
    table.enter(.idle, slots[exchange], at: second(3))
    #expect(table.overdue(at: second(3)) == [connections[exchange]])
    #expect(try #require(table.nextCheck(after: second(3))) > second(3))
  }
}
