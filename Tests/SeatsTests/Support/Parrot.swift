import Loop

@testable import Redis

/// Answers every command with one reply of the test's choice.
final class Parrot: RedisClient {
  private let loop: Loop
  private let reply: [UInt8]
  /// How many commands it has answered.
  private(set) var count = 0

  /// - Parameter reply: As Redis would send it.
  init(loop: Loop, reply: String) {
    self.loop = loop
    self.reply = Array(reply.utf8)
  }

  func send(
    _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    count += 1
    loop.defer(to: .answer) { [reply] in
      try? withReply(reply) { completion(.success($0)) }
    }
  }
}
