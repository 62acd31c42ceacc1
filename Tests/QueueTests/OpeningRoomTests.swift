import Loop
import TestSupport
import Testing

@testable import Queue

@Suite("A waiting room when its event opens")
struct OpeningRoomTests {
  private let under: RoomUnderTest

  init() throws {
    under = try RoomUnderTest(QueueSettings(admissionRate: 1, admissionBurst: 2))
  }

  /// Redis time, ms.
  private func time() throws -> Int64 {
    let parts = try under.redis.send("TIME").texts.compactMap { Int64($0) }
    return parts[0] * 1000 + parts[1] / 1000
  }

  private func set(_ field: EventSettings.Field, in milliseconds: Int64) throws -> Int64 {
    let moment = try time() + milliseconds
    try under.redis.send("HSET", under.keys.settings.text, field.rawValue, "\(moment)")
    return moment
  }

  @Test("calls the first as soon as it opens, though nobody polls then")
  func opening() throws {
    let moment = try set(.opensAt, in: 1500)
    let places = try under.joinTogether(["a", "b", "c"])
    for place in places {
      #expect(place.door.state == .upcoming && place.enterWithinSeconds == nil)
      #expect(place.door.opensAt == WallTime(milliseconds: moment))
      #expect((1...4).contains(place.pollAfterSeconds))
    }
    #expect(try under.standing(places[0].token).door == places[0].door)
    try under.wait("it has opened") { (try? time()) ?? 0 >= moment + 1000 }
    let calls = try under.redis.send("XRANGE", under.keys.audit.text, "-", "+").elements ?? []
    let moments = calls.filter { $0.elements?.last?.texts.contains("call") == true }.compactMap {
      $0.elements?.first?.text.flatMap { Int64($0.prefix { $0 != "-" }) }
    }
    #expect(moments.count >= 2 && moments.allSatisfy { $0 >= moment })
    #expect(try #require(moments.first) < moment + 500)
    let standing = try under.standing(places[0].token)
    #expect(standing.isReady && standing.door == Door(state: .open, opensAt: nil))
  }

  @Test("refuses to join before prequeue_at, and says when that is")
  func early() throws {
    let moment = try set(.prequeueAt, in: 30_000)
    guard case .upcoming(let joinsAt, let seconds, let door) = try under.join("a") else {
      throw TestFailure("joined")
    }
    #expect(joinsAt == WallTime(milliseconds: moment) && (29...31).contains(seconds))
    #expect(door == Door(state: .upcoming, opensAt: joinsAt))
  }

  @Test("tells those far from the door to poll on as before when it opens")
  func noStampede() throws {
    _ = try set(.opensAt, in: 8000)
    let places = try under.joinTogether((0..<250).map { "p\($0)" })
    // A bucket of 2, twice, and 20 s of the line.
    #expect(places[..<24].allSatisfy { (8...10).contains($0.pollAfterSeconds) })
    #expect(places[24...].allSatisfy { (10...20).contains($0.pollAfterSeconds) })
    #expect(Set(places[24...].map(\.pollAfterSeconds)).count > 8)
  }
}
