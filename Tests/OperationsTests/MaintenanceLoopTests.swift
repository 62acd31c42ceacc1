import Logging
import Loop
import Metrics
import Redis
import TestSupport
import Testing

@testable import Operations
@testable import Queue

@Suite("MaintenanceLoop")
struct MaintenanceLoopTests {
  /// Counts visits. One at `stuck` never ends.
  private final class CountingTask: MaintenanceTask {
    let all: [EventID]
    let stuck: EventID
    private(set) var visits: [EventID: Int] = [:]

    init(_ all: [EventID], stuck: EventID) {
      (self.all, self.stuck) = (all, stuck)
    }

    func events(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
      completion(.success(all))
    }

    func keep(_ events: [EventID]) {}

    func visit(_ event: EventID, _ done: @escaping () -> Void) {
      visits[event, default: 0] += 1
      if event != stuck { done() }
    }
  }

  @Test("an event whose visit does not end holds up no other event, in no round")
  func stuck() throws {
    let events = (0..<100).map { EventID("e\($0)")! }
    let loop = try Loop()
    let task = CountingTask(events, stuck: events[3])
    let maintenance = MaintenanceLoop(on: loop, task)
    maintenance.start()
    let deadline = Instant.now + .seconds(30)
    while task.visits[events[99], default: 0] < 3, Instant.now < deadline {
      try loop.turn(waitingAtMost: .milliseconds(100))
    }
    #expect(task.visits[events[3]] == 1)
    for event in events where event != events[3] { #expect(task.visits[event] == 3) }
  }

  @Test("among 9,000 events with a person each, those who are silent are parked in time")
  func manyEvents() throws {
    let redis = try RedisServer()
    let connection = try redis.connect(timeout: .seconds(60))
    let settings = QueueSettings(
      admissionRate: 0.001, presenceTTL: .seconds(60), presenceHeadTTL: .seconds(3))
    // One person each, as joining leaves them, and two at the one that counts.
    try connection.send(
      "EVAL",
      """
      local time = redis.call('TIME')
      local now = time[1] * 1000000 + time[2]
      local us, ms = string.format('%.0f', now), string.format('%.0f', math.floor(now / 1000))
      for number = 1, 9000 do
        local tag = '{e' .. number .. '}'
        redis.call('ZADD', 'queue:events', ms, 'e' .. number)
        redis.call('ZADD', 'queue:event:' .. tag, us, 'silent')
        redis.call('ZADD', 'queue:seen:' .. tag, ms, 'silent')
        redis.call('HSET', 'queue:state:' .. tag, 'created', us, 'last', us, 'waiting', 1,
          'tokens', 0, 'refilled', us)
      end
      """, "0")
    let loop = try Loop()
    let pool = try pool(on: loop, to: redis)
    let registry = Registry()
    let lines = LineMetrics(registry, limit: 1)
    let task = QueueTask(
      QueueMaintenance(redis: pool, settings: settings), lines: lines,
      log: Log(level: .error, format: .json))
    let maintenance = MaintenanceLoop(on: loop, task)
    let began = Instant.now
    maintenance.start()
    var isParked = false
    while !isParked, Instant.now < began + .seconds(60 * Patience.factor) {
      try loop.turn(waitingAtMost: .milliseconds(100))
      isParked = try connection.send("EXISTS", "queue:event:{e4500}") == .integer(0)
    }
    #expect(isParked)
    pool.close {}
  }

  private func pool(on loop: Loop, to redis: RedisServer) throws -> Pool {
    guard case .unix(let path) = redis.socket else { throw TestFailure("no Unix socket") }
    var settings = PoolSettings()
    settings.maxReplyBytes = 5 * 1024 * 1024
    return Pool(
      loop: loop, resolver: try Resolver(loop: loop),
      endpoint: Endpoint(address: .unix(path: path)), settings: settings)
  }
}
