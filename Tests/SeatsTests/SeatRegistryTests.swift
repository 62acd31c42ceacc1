import Loop
import Queue
import Redis
import Testing

@testable import Seats

@Suite("The registry of seats' events")
struct SeatRegistryTests {
  private let under: OfficeUnderTest

  init() throws {
    under = try OfficeUnderTest()
    try under.put(["A-1", "A-2"])
  }

  private func registered() throws -> [String] {
    try under.redis.send("ZRANGE", SaleKeys.events.text, "0", "-1").texts
  }

  private func lose() throws { try under.redis.send("DEL", SaleKeys.events.text) }

  @Test("is filled again by a back office that has swept an event, which goes on sweeping it")
  func sweeper() throws {
    _ = try under.result { under.maintenance.sweep(under.event, $0) }
    try lose()
    #expect(try under.result { under.maintenance.events($0) } == [under.event])
    #expect(try registered() == ["e"])
    try under.redis.send("FLUSHALL")
    #expect(try under.result { under.maintenance.sweep(under.event, $0) } == nil)
    try lose()
    #expect(try under.result { under.maintenance.events($0) } == [])
  }

  @Test("has an event that was noted while a clock was ahead noted anew once that is set right")
  func clockWasAhead() throws {
    var ahead: Int64 = 30 * 24 * 3_600_000
    let maintenance = SeatMaintenance(
      redis: under.pool, settings: SeatSettings(), clock: { WallClock.milliseconds + ahead })
    func score() throws -> Int64? {
      let text = try under.redis.send("ZSCORE", SaleKeys.events.text, under.event.text).text
      return text.flatMap { Double($0) }.map { Int64($0) }
    }
    _ = try under.result { maintenance.register(under.event, $0) }
    #expect(try #require(try score()) > WallClock.milliseconds + ahead / 2)
    ahead = 0
    _ = try under.result { maintenance.sweep(under.event, $0) }
    try under.wait("it is noted anew") { (try? score()) ?? .max <= WallClock.milliseconds }
  }

  @Test(
    "is filled again by any front that releases or buys what a hold has", arguments: [true, false])
  func anyFront(buys: Bool) throws {
    let held = try under.held("A-1", as: "ann")
    try lose()
    let front = BoxOffice(
      loop: under.loop, redis: under.pool, signer: under.signer, settings: SeatSettings())
    if buys {
      _ = try under.result { front.confirm(held.id, $0) }
    } else {
      _ = try under.result { front.release(held.id, $0) }
    }
    try under.wait("the event is registered") { (try? registered()) == ["e"] }
  }
}
