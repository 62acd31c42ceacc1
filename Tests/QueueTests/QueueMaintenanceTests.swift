import Loop
import Redis
import TestSupport
import Testing

@testable import Queue

@Suite("QueueMaintenance")
struct AttendanceTests {
  private let under: RoomUnderTest
  private let maintenance: QueueMaintenance

  init() throws {
    let settings = QueueSettings(presenceTTL: .seconds(60), presenceHeadTTL: .seconds(15))
    under = try RoomUnderTest(settings)
    maintenance = QueueMaintenance(redis: under.pool, settings: settings)
  }

  private func activeEvents() throws -> [String] {
    try under.result { maintenance.activeEvents($0) }.get().map(\.text)
  }

  private func park() throws -> Int {
    try under.result { maintenance.parkAbsent(from: under.event, $0) }.get()
  }

  @Test("finds the events in which somebody joined or polled lately, and forgets those long ended")
  func active() throws {
    #expect(try activeEvents() == [])
    _ = try under.join("a")
    let now = WallClock.milliseconds
    for (age, event) in [(115_000, "late"), (121_000, "quiet"), (86_500_000, "ended")] {
      try under.redis.send("ZADD", EventKeys.events.text, "\(now - Int64(age))", event)
    }
    try under.redis.send("ZADD", EventKeys.events.text, "\(now)", "{no event}")
    #expect(try activeEvents() == ["late", "e"])
    #expect(
      try under.redis.send("ZRANGE", EventKeys.events.text, "0", "-1").texts.sorted()
        == ["e", "late", "quiet", "{no event}"])
  }

  @Test("finds all events, also when thousands were active in the same millisecond")
  func many() throws {
    let now = "\(WallClock.milliseconds)"
    let events = (0..<3000).map { "e\($0)" }
    try under.redis.send(["ZADD", EventKeys.events.text] + events.flatMap { [now, $0] })
    #expect(try activeEvents().count == 3000)
  }

  @Test("says how many were parked, and none when it is not time")
  func parks() throws {
    // Those who are called hold all tokens; the next three are those who come behind them.
    try under.redis.send("HSET", under.keys.state.text, "rate", "0", "burst", "3")
    let called = ["c0", "c1", "c2"]
    _ = try under.joinTogether(called)
    _ = try under.joinTogether(["a", "b", "c"])
    #expect(try park() == 0)
    // Watched for long, parked a second ago, and two of them silent.
    let now = WallClock.milliseconds
    try under.redis.send(
      "HSET", under.keys.state.text, "watched_since", "\((now - 90_000) * 1000)",
      "parked_at", "\((now - 1000) * 1000)")
    try under.redis.send(
      "ZADD", under.keys.seen.text, "\(now - 61_000)", "a", "\(now - 16_000)", "b")
    #expect(try park() == 2)
    #expect(
      try under.redis.send("ZRANGE", under.keys.waiting.text, "0", "-1").texts
        == called + ["c"])
    #expect(try park() == 0)
  }

  @Test("passes as many closed tabs as there are, up to a bound, in one round")
  func closedTabs() throws {
    let people = (0..<25_000).map { "p\($0)" }
    let now = WallClock.milliseconds
    try under.redis.send(
      "HSET", under.keys.state.text, "created", "\((now - 100_000) * 1000)", "waiting", "25000",
      "watched_since", "\((now - 90_000) * 1000)", "parked_at", "\((now - 1000) * 1000)")
    for start in stride(from: 0, to: people.count, by: 1000) {
      let some = people[start..<start + 1000]
      try under.redis.send(
        ["ZADD", under.keys.waiting.text]
          + some.enumerated().flatMap { ["\((now - 99_000) * 1000 + Int64(start + $0))", $1] })
      try under.redis.send(
        ["ZADD", under.keys.seen.text] + some.flatMap { ["\(now - 70_000)", $0] })
    }
    let parked = try park()
    // In each step a batch, and those at the head.
    #expect((20_000...22_000).contains(parked))
    #expect(
      try under.redis.send("ZCARD", under.keys.waiting.text) == .integer(Int64(25_000 - parked)))
  }

  @Test("what stands beside a line lives as long as the line does")
  func keysBeside() throws {
    let key = KeySpace.plain.key("beside", of: under.event)
    let maintenance = QueueMaintenance(
      redis: under.pool, settings: QueueSettings(),
      keysBeside: { [KeySpace.plain.key("beside", of: $0)] })
    _ = try under.join("a")
    try under.redis.send("SET", key.text, "something", "EX", "100")
    #expect(try under.result { maintenance.parkAbsent(from: under.event, $0) }.get() == 0)
    #expect(try #require(try under.redis.send("TTL", key.text).integer) > 86_390)
  }

  @Test("brings a snapshot of a line, and of one that nobody ever joined")
  func snapshots() throws {
    _ = try under.joinTogether(["a", "b", "c"])
    #expect(try under.result { maintenance.snapshot(of: under.event, $0) }.get().length == 3)
    let other = try #require(EventID("other"))
    let empty = try under.result { maintenance.snapshot(of: other, $0) }.get()
    #expect(empty.length == 0)
    #expect(empty.created == 0)
  }
}
