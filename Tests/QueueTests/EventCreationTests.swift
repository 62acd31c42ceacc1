import Loop
import Redis
import TestSupport
import Testing

@testable import Queue

@Suite("Creating events")
struct EventCreationTests {
  private func room(_ settings: QueueSettings) throws -> RoomUnderTest {
    try RoomUnderTest(settings)
  }

  private func join(_ event: String, at under: RoomUnderTest) throws -> JoinOutcome {
    try under.result { under.room.join(EventID(event)!, UserID("a")!, $0) }.get()
  }

  private func isJoined(_ outcome: JoinOutcome) -> Bool {
    if case .joined = outcome { true } else { false }
  }

  @Test("with as many events as may be, joining creates no more, and leaves nothing in Redis")
  func limit() throws {
    let under = try room(QueueSettings(eventLimit: 2))
    for event in ["a", "b"] { #expect(isJoined(try join(event, at: under))) }
    let keys = try under.redis.send("DBSIZE")
    #expect(try join("c", at: under) == .tooManyEvents)
    #expect(try join("c", at: under) == .tooManyEvents)
    #expect(try under.redis.send("DBSIZE") == keys)
    #expect(try under.redis.send("ZRANGE", "queue:events", "0", "-1").texts == ["a", "b"])
    // Those that are there take people as before.
    #expect(isJoined(try under.result { under.room.join(EventID("b")!, UserID("z")!, $0) }.get()))
  }

  @Test("the limit is that of the registry, as the back office counts it")
  func counted() throws {
    let under = try room(QueueSettings(eventLimit: 2))
    let maintenance = QueueMaintenance(
      redis: under.pool, settings: QueueSettings(), store: under.room.store)
    let now = "\(WallClock.milliseconds)"
    try under.redis.send("ZADD", "queue:events", now, "x", now, "y")
    _ = try under.result { maintenance.activeEvents($0) }.get()
    #expect(try join("c", at: under) == .tooManyEvents)
    try under.redis.send("ZREM", "queue:events", "y")
    _ = try under.result { maintenance.activeEvents($0) }.get()
    #expect(isJoined(try join("c", at: under)))
  }

  @Test(
    "what an operator named is created whatever the limit, and alone where only operators create any",
    arguments: [
      ["HSET", "queue:state:{named}", "rate", "3"], ["SET", "inventory:{named}", "0"],
      ["ZADD", "stock:left:{named}", "7", "coupon"],
    ])
  func named(by command: [String]) throws {
    for settings in [QueueSettings(eventLimit: 1), QueueSettings(onlyNamedEvents: true)] {
      let under = try room(settings)
      if !settings.onlyNamedEvents { _ = try join("a", at: under) }
      let refusal: JoinOutcome = settings.onlyNamedEvents ? .unknownEvent : .tooManyEvents
      #expect(try join("named", at: under) == refusal)
      try under.redis.send(command)
      // The front's snapshot of the event, in which it is not named, lives for a second.
      try under.wait("the operator is heard") {
        (try? isJoined(join("named", at: under))) ?? false
      }
      #expect(try join("invented", at: under) == refusal)
    }
  }

  @Test("an event that has a line is there, whoever created it")
  func line() throws {
    let first = try room(QueueSettings())
    #expect(isJoined(try join("e", at: first)))
    let second = try RoomUnderTest(
      QueueSettings(eventLimit: 0, onlyNamedEvents: true), server: first.server)
    #expect(
      isJoined(try second.result { second.room.join(EventID("e")!, UserID("b")!, $0) }.get()))
  }

  @Test("an event is in the registry as soon as it is created")
  func registered() throws {
    let under = try room(QueueSettings())
    _ = try join("a", at: under)
    #expect(try under.redis.send("ZRANGE", "queue:events", "0", "-1").texts == ["a"])
  }
}
