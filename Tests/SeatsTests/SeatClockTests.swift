import Loop
import Queue
import TestSupport
import Testing

@testable import Seats

@Suite("Redis' clock, where seats are sold")
struct SeatClockTests {
  private let under: OfficeUnderTest
  private let begin = WallClock.milliseconds * 1000

  init() throws {
    under = try OfficeUnderTest(scripts: ScriptedSale.scripts)
    try setClock(begin)
    try under.put(["A-1", "A-2"])
  }

  private func setClock(_ time: Int64) throws {
    try under.redis.send(
      "HSET", ScriptedSale.clock, "sec", "\(time / 1_000_000)", "usec", "\(time % 1_000_000)")
  }

  private func sweep() throws -> SaleSnapshot? {
    try under.result { under.maintenance.sweep(under.event, $0) }
  }

  @Test(
    "is measured by each sweep: when it steps, no call of the process believes it",
    arguments: [600, -600] as [Int64])
  func steps(seconds: Int64) throws {
    #expect(try sweep()?.counts.available == 2)
    let held = try under.held("A-1", as: "ann")
    try setClock(begin + seconds * 1_000_000)
    #expect(try sweep()?.counts.held == 1)
    let other = try under.held("A-2", as: "bob")
    #expect((58...60).contains(other.expiresInSeconds))
    let outcome = try under.result { under.office.confirm(held.id, $0) }
    guard case .confirmed(["A-1"], _) = outcome else { throw TestFailure("\(outcome)") }
    #expect(try sweep()?.counts == SeatCounts(total: 2, available: 0, held: 1, sold: 1))
  }
}
