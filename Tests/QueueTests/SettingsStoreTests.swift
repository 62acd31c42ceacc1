import Loop
import Redis
import Testing

@testable import Queue

@Suite("SettingsStore")
struct SettingsStoreTests {
  private let room: RoomUnderTest

  init() throws {
    room = try RoomUnderTest()
  }

  /// A sidecar that has just started.
  private func store(isShared: Bool = true) -> SettingsStore {
    SettingsStore(
      loop: room.loop, redis: room.pool, settings: QueueSettings(), isShared: isShared)
  }

  private func pause(by store: SettingsStore) throws -> SettingsOutcome {
    let patch = SettingsPatch([.state: "paused"])
    return try room.result {
      store.change(room.event, patch, if: .none, by: Author(name: "operator", traceID: "trace"), $0)
    }.get()
  }

  private func events(of store: SettingsStore) throws -> Set<EventID> {
    try room.result { store.events($0) }.get()
  }

  private func look(_ store: SettingsStore) throws -> [SettingsWatch.Action] {
    try room.result { store.look(at: room.event, $0) }.get().notices
  }

  @Test("who finds an empty Redis that others use lets them speak first")
  func grace() throws {
    let store = store()
    #expect(try pause(by: store) == .rebuilding)
    #expect(try events(of: store) == [])
    let began = Instant.now
    #expect(try pause(by: store) == .rebuilding)
    var outcome = SettingsOutcome.rebuilding
    while outcome == .rebuilding {
      try room.loop.turn(waitingAtMost: .milliseconds(10))
      outcome = try pause(by: store)
    }
    #expect(Instant.now - began >= .milliseconds(1900))
  }

  @Test("a Redis of one's own, or one that has settings, needs no waiting")
  func noGrace() throws {
    let own = store(isShared: false)
    #expect(try events(of: own) == [])
    #expect(try pause(by: own) != .rebuilding)
    let second = store()
    #expect(try events(of: second) == [room.event])
    #expect(try pause(by: second) != .rebuilding)
  }

  @Test("a look at an event is one round trip")
  func roundTrip() {
    let redis = Silence()
    let store = SettingsStore(
      loop: room.loop, redis: redis, settings: QueueSettings(), isShared: true)
    store.look(at: room.event) { _ in }
    #expect(redis.sent == 2)
  }

  @Test("what was seen once is written back and registered again, when nobody else remembers it")
  func writeBack() throws {
    let (first, second) = (store(isShared: false), store())
    #expect(try events(of: first) == [])
    guard case .changed(_, let stored) = try pause(by: first) else { return #expect(Bool(false)) }
    #expect(try events(of: second) == [room.event])
    #expect(try look(second) == [])
    try room.redis.send("FLUSHALL")
    #expect(try events(of: second) == [room.event])
    #expect(try look(second) == [.writeBack(stored)])
    #expect(try look(second) == [])
    let third = store()
    #expect(try events(of: third) == [room.event])
    let reading = try room.result { third.read(room.event, $0) }.get()
    #expect(reading.stored == stored)
    #expect(reading.live.state == .paused)
  }

  @Test("a change that is refused leaves no event in the registry for ever")
  func refused() throws {
    let store = store(isShared: false)
    _ = try events(of: store)
    let outcome = try room.result {
      store.change(
        room.event, SettingsPatch([.rate: "5"]), if: .version([7]),
        by: Author(name: "operator", traceID: "trace"), $0)
    }.get()
    #expect(outcome == .stale(version: 0))
    _ = try events(of: store)
    let score = try room.redis.send("ZSCORE", "queue:settings", "e").integer
    #expect(try #require(score) < EventRegistry.everlasting)
  }
}

/// A Redis that answers nothing.
private final class Silence: RedisClient {
  private(set) var sent = 0

  func send(
    _ command: Redis.Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    sent += 1
  }
}
