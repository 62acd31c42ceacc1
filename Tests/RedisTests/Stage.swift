import Loop
import Testing

@testable import Redis

/// A loop, and what a test does with it: pools, commands, and waiting for what should happen.
final class Stage {
  let loop: Loop
  let resolver: Resolver
  private(set) var events: [PoolEvent] = []

  init() throws {
    loop = try Loop()
    resolver = try Resolver(loop: loop)
  }

  /// A pool of one connection whose events are kept, with settings that suit tests.
  func pool(
    _ endpoint: Endpoint, _ adjust: (inout PoolSettings) -> Void = { _ in }
  ) -> Pool {
    var settings = PoolSettings()
    settings.max = 1
    settings.wait = .seconds(5)
    settings.timeout = .seconds(5)
    settings.connectTimeout = .seconds(5)
    settings.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(5))
    adjust(&settings)
    return Pool(loop: loop, resolver: resolver, endpoint: endpoint, settings: settings) {
      [unowned self] in events.append($0)
    }
  }

  /// Turns the loop until `condition` holds; a test that waits in vain fails here.
  func turn(
    until condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let deadline = Instant.now + .seconds(20)
    while !condition() {
      guard Instant.now < deadline else {
        Issue.record("this did not happen in 20 s", sourceLocation: sourceLocation)
        throw InVain()
      }
      try loop.turn(waitingAtMost: .seconds(1))
    }
  }

  /// Sends a command, waits for its reply, and returns what `read` makes of it.
  func ask<Value>(
    _ client: some RedisClient, _ command: Command,
    sourceLocation: SourceLocation = #_sourceLocation, read: @escaping (Reply) -> Value
  ) throws -> Result<Value, RedisError> {
    var answer: Result<Value, RedisError>?
    client.send(command) { answer = $0.map(read) }
    try turn(until: { answer != nil }, sourceLocation: sourceLocation)
    return try #require(answer)
  }

  /// Writes and reads back more at once than any socket's buffer holds.
  func exchangeLargeValues(over pool: Pool) throws {
    let values = (0..<8).map { [UInt8](repeating: 65 + $0, count: 2 << 20) }
    var read = 0
    for (index, value) in values.enumerated() {
      pool.send(.setIfAbsent(Key("\(index)"), value)) {
        #expect((try? $0.get().isText("OK")) == true)
      }
    }
    for (index, value) in values.enumerated() {
      pool.send(.get(Key("\(index)"))) {
        #expect((try? $0.get().bytes) == value)
        read += 1
      }
    }
    try turn { read == values.count }
  }

  /// Closes a pool and waits until it is closed.
  func close(_ pool: Pool, draining: Bool = false) throws {
    var isClosed = false
    pool.close(draining: draining) { isClosed = true }
    try turn(until: { isClosed })
  }

  /// How many of the events so far are like this.
  func count(_ isLike: (PoolEvent) -> Bool) -> Int { events.count(where: isLike) }

  /// How often a connection could not be made so far. Once it could not, a pool knows why.
  var failedOpenings: Int {
    count { if case .openingFailed = $0 { true } else { false } }
  }

  struct InVain: Error {}
}
