import Loop
import Testing

@testable import Redis

@Suite struct ObservedCircuitBreakerTests {
  private final class States {
    var all: [CircuitBreaker.State] = []
    var now = Instant(nanoseconds: 0)
  }

  private let states = States()
  private let breaker: ObservedCircuitBreaker

  init() {
    breaker = ObservedCircuitBreaker(CircuitBreaker.Settings()) { [states] in states.all.append($0)
    }
  }

  private var now: Instant { states.now }

  /// Lets a command through, unless that is refused, and has it fail, in a moment of its own.
  private func fail(_ error: RedisError) -> Bool {
    states.now = now + .milliseconds(100)
    guard let permit = breaker.admit(at: now) else { return false }
    breaker.ended(permit, .failure(error), after: .zero, at: now)
    return true
  }

  @Test("lets commands through until ten of them have failed, then leaves Redis alone")
  func opens() {
    for _ in 0..<10 { #expect(fail(.timeout)) }
    #expect(!fail(.timeout))
  }

  @Test("a prompt answer to a PING past it shows that Redis lives, a slow one or none does not")
  func pinged() throws {
    for _ in 0..<10 { _ = fail(.timeout) }
    let parser = ReplyParser(maxReplyBytes: 100)
    try Array("+PONG\r\n".utf8).withUnsafeBytes { try parser.feed($0) }
    let pong = try #require(try parser.next())
    breaker.pinged(.failure(.timeout), after: .milliseconds(500))
    breaker.pinged(.success(pong), after: .milliseconds(301))
    #expect(breaker.isOpen)
    breaker.pinged(.success(pong), after: .milliseconds(299))
    #expect(states.all == [.open, .halfOpen])
  }

  @Test("tells each change of state once")
  func tells() {
    for _ in 0..<20 { _ = fail(.timeout) }
    breaker.redisLives()
    _ = fail(.timeout)
    #expect(states.all == [.open, .halfOpen, .open])
  }

  @Test(
    "what a node answers is a sign of life, and no room or a first connection says nothing",
    arguments: [
      RedisError.poolExhausted, .stillConnecting, .server(code: "OOM", message: ""),
      .server(code: "MOVED", message: "1 a:1"), .server(code: "ASK", message: "1 a:1"),
      .server(code: "TRYAGAIN", message: ""), .server(code: "READONLY", message: ""),
      .server(code: "CLUSTERDOWN", message: ""),
    ])
  func signsOfLife(error: RedisError) {
    for _ in 0..<20 { #expect(fail(error)) }
  }

  @Test(
    "a node that says it cannot work yet does not count as alive",
    arguments: ["LOADING", "BUSY", "MASTERDOWN"])
  func deadAlive(code: String) {
    for _ in 0..<10 { #expect(fail(.server(code: code, message: ""))) }
    #expect(!fail(.timeout))
  }

  @Test("a reply that takes too long is a failure")
  func slow() throws {
    let reply = try #require(try reply("+OK\r\n"))
    for tenth in 0..<10 {
      let permit = try #require(breaker.admit(at: now + .milliseconds(100) * tenth))
      breaker.ended(permit, .success(reply), after: .milliseconds(301), at: now + .seconds(1))
    }
    #expect(breaker.admit(at: now + .seconds(1)) == nil)
  }

  @Test("one stall, which makes all that is under way slow, does not open it")
  func stall() throws {
    let reply = try #require(try reply("+OK\r\n"))
    let permits = try (0..<100).map { _ in try #require(breaker.admit(at: now)) }
    for permit in permits {
      breaker.ended(
        permit, .success(reply), after: .milliseconds(400), at: now + .milliseconds(400))
    }
    #expect(breaker.admit(at: now + .milliseconds(401)) != nil)
  }
}
