import Loop
import Redis

/// Passes commands on, and writes only while it lets them: then they fail as those do whose answer does
/// not come.
final class WriteBarrier: RedisClient {
  var letsWrite = true
  /// How many writes it has kept back.
  private(set) var kept = 0

  private let client: any RedisClient
  private let loop: Loop

  init(_ client: any RedisClient, loop: Loop) {
    self.client = client
    self.loop = loop
  }

  func send(
    _ command: Redis.Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    switch command {
    case .evalsha, .zadd:
      if letsWrite { return client.send(command, completion) }
      kept += 1
      loop.schedule(after: .milliseconds(100)) { completion(.failure(.timeout)) }
    default: client.send(command, completion)
    }
  }
}
