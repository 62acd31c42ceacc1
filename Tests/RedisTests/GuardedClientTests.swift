import Loop
import Testing

@testable import Redis

@Suite("GuardedClient")
struct GuardedClientTests {
  /// A client that fails every command with `error`, at once.
  private final class FailingClient: RedisClient {
    var error = RedisError.timeout
    private(set) var commands = 0

    func send(
      _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
    ) {
      commands += 1
      completion(.failure(error))
    }
  }

  private let loop: Loop
  private let client = FailingClient()
  private let guarded: GuardedClient

  init() throws {
    loop = try Loop()
    guarded = GuardedClient(client, on: loop, settings: CircuitBreaker.Settings())
  }

  /// Sends a PING and turns the loop until it has ended; returns how.
  private func ping() throws -> RedisError? {
    var result: Result<Void, RedisError>?
    guarded.send(.ping) { reply in result = reply.map { _ in } }
    while result == nil { try loop.turn() }
    if case .failure(let error) = result { return error }
    return nil
  }

  @Test("passes commands on until ten of them have failed, then leaves Redis alone")
  func opens() throws {
    for _ in 0..<10 { #expect(try ping() == .timeout) }
    #expect(try ping() == .circuitOpen)
    #expect(client.commands == 10)
  }

  @Test("never answers before the call has returned")
  func notInsideTheCall() throws {
    for _ in 0..<10 { _ = try ping() }
    var isAnswered = false
    guarded.send(.ping) { _ in isAnswered = true }
    #expect(!isAnswered)
    try loop.turn()
    #expect(isAnswered)
  }

  @Test("tells each change of state once")
  func tells() throws {
    var states: [CircuitBreaker.State] = []
    guarded.stateChanged = { states.append($0) }
    for _ in 0..<20 { _ = try ping() }
    guarded.redisLives()
    _ = try ping()
    #expect(states == [.open, .halfOpen, .open])
  }

  @Test("an error reply is a sign of life, and so is no room")
  func signsOfLife() throws {
    for error in [RedisError.server(code: "OOM", message: ""), .poolExhausted] {
      client.error = error
      for _ in 0..<20 { #expect(try ping() == error) }
    }
  }

  @Test("a Redis that says it cannot work yet does not count as alive")
  func loading() throws {
    client.error = .server(code: "LOADING", message: "")
    for _ in 0..<10 { _ = try ping() }
    #expect(try ping() == .circuitOpen)
  }
}
