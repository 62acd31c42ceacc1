import Loop
import Testing

@testable import Redis

@Suite("CircuitBreaker")
struct CircuitBreakerTests {
  private var breaker = CircuitBreaker()
  private var calls = 0

  private func second(_ number: Double) -> Instant { Instant(nanoseconds: Int64(number * 1e9)) }

  /// Lets `outcomes` happen at second 0, of calls that began one after the other, each in a moment
  /// of its own.
  private mutating func call(_ outcomes: CircuitBreaker.Outcome...) throws {
    for outcome in outcomes {
      calls += 1
      let permit = try admitted(at: second(Double(calls) / 10 - 100))
      breaker.ended(permit, outcome, at: second(0))
    }
  }

  private mutating func admitted(at now: Instant) throws -> CircuitBreaker.Permit {
    let permit = breaker.admit(at: now)
    return try #require(permit)
  }

  private mutating func trip() throws {
    for _ in 0..<10 { try call(.failure) }
    #expect(breaker.state == .open)
  }

  @Test("stays closed while fewer calls than its window have ended, however badly")
  mutating func tooFew() throws {
    for _ in 0..<9 { try call(.failure) }
    #expect(breaker.state == .closed)
  }

  @Test("opens when half of the last ten failed, and not before")
  mutating func opens() throws {
    for _ in 0..<6 { try call(.success) }
    for _ in 0..<4 { try call(.failure) }
    #expect(breaker.state == .closed)
    try call(.failure)
    #expect(breaker.state == .open)
  }

  @Test("is not opened by a success, however bad the calls before it were")
  mutating func success() throws {
    for _ in 0..<9 { try call(.failure) }
    try call(.success)
    #expect(breaker.state == .closed)
    try call(.failure)
    #expect(breaker.state == .open)
  }

  @Test("what begins together counts once, however much it is")
  mutating func together() throws {
    for _ in 0..<9 { try call(.success) }
    for _ in 0..<3 {
      let permits = try (0..<100).map { _ in try admitted(at: second(1)) }
      for permit in permits { breaker.ended(permit, .failure, at: second(1.4)) }
    }
    #expect(breaker.state == .closed)
    for _ in 0..<3 { try call(.failure) }
    #expect(breaker.state == .closed)
    try call(.failure)
    #expect(breaker.state == .open)
  }

  @Test(
    "a stall that ends before a command is given up does not open it, and a longer one does",
    arguments: [(400, CircuitBreaker.State.closed), (600, .open)])
  mutating func stall(milliseconds: Int, state: CircuitBreaker.State) throws {
    for _ in 0..<10 { try call(.success) }
    let permits = try stride(from: 0, to: milliseconds, by: 2).map {
      try admitted(at: second(1 + Double($0) / 1000))
    }
    for permit in permits { breaker.ended(permit, .failure, at: second(2)) }
    #expect(breaker.state == state)
  }

  @Test(
    "a moment is as most of its calls are",
    arguments: [(4, CircuitBreaker.State.closed), (5, .open)])
  mutating func moments(failures: Int, state: CircuitBreaker.State) throws {
    for moment in 0..<10 {
      let permits = try (0..<10).map { _ in try admitted(at: second(Double(moment) / 10)) }
      for (number, permit) in permits.enumerated() {
        let isFailure = number % 2 == 1 && number / 2 < failures
        breaker.ended(permit, isFailure ? .failure : .success, at: second(1))
      }
    }
    #expect(breaker.state == state)
  }

  @Test("calls that end in another order than they began count where they began")
  mutating func disorder() throws {
    let permits = try (0..<20).map { try admitted(at: second(Double($0 / 2) / 10)) }
    for permit in permits.reversed() {
      breaker.ended(permit, .success, at: second(1))
    }
    for _ in 0..<4 { try call(.failure) }
    #expect(breaker.state == .closed)
    try call(.failure)
    #expect(breaker.state == .open)
  }

  @Test("forgets what is older than its window")
  mutating func forgets() throws {
    for _ in 0..<4 { try call(.failure) }
    for _ in 0..<10 { try call(.success) }
    for _ in 0..<4 { try call(.failure) }
    #expect(breaker.state == .closed)
  }

  @Test("calls that were never sent say nothing")
  mutating func unknown() throws {
    for _ in 0..<100 { try call(.unknown) }
    for _ in 0..<10 { try call(.success) }
    #expect(breaker.state == .closed)
  }

  @Test("refuses while open, and lets a few probes through afterwards")
  mutating func probes() throws {
    try trip()
    #expect(breaker.admit(at: second(9.9)) == nil)
    #expect(breaker.remaining(at: second(4)) == .seconds(6))
    for _ in 0..<10 { _ = try admitted(at: second(10)) }
    #expect(breaker.admit(at: second(10)) == nil)
    #expect(breaker.state == .halfOpen)
  }

  @Test("closes when enough probes have succeeded")
  mutating func closes() throws {
    try trip()
    let permits = (0..<10).compactMap { _ in breaker.admit(at: second(10)) }
    for permit in permits.prefix(2) { breaker.ended(permit, .success, at: second(10)) }
    #expect(breaker.state == .halfOpen)
    breaker.ended(permits[2], .success, at: second(10))
    #expect(breaker.state == .closed)
    _ = try admitted(at: second(10))
  }

  @Test("opens again, for the whole time, when a probe fails")
  mutating func reopens() throws {
    try trip()
    let permit = try admitted(at: second(10))
    breaker.ended(permit, .failure, at: second(11))
    #expect(breaker.state == .open)
    #expect(breaker.admit(at: second(20.9)) == nil)
    _ = try admitted(at: second(21))
  }

  @Test("gives a probe that was never sent another chance")
  mutating func unsentProbe() throws {
    try trip()
    for _ in 0..<10 {
      let permit = try admitted(at: second(10))
      breaker.ended(permit, .unknown, at: second(10))
    }
    #expect(breaker.state == .halfOpen)
  }

  @Test("does not wait any longer once a new connection has finished its handshake")
  mutating func lives() throws {
    breaker.redisLives()
    #expect(breaker.state == .closed)
    try trip()
    breaker.redisLives()
    #expect(breaker.state == .halfOpen)
    _ = try admitted(at: second(0.1))
  }

  @Test("calls from before a change of state do not decide about the next one")
  mutating func stale() throws {
    let early = try admitted(at: second(0))
    try trip()
    breaker.redisLives()
    breaker.ended(early, .failure, at: second(1))
    #expect(breaker.state == .halfOpen)
  }
}
