import Loop
import TestSupport

/// Whom the tests find at the Unix socket of an embedded Redis.
extension SocketAddress {
  /// The answer to a command; nil if no server answers.
  func ask(_ words: String...) -> RedisReply? {
    guard case .unix(let path) = self else { return nil }
    return try? RedisConnection(.unix(path: path), timeout: .seconds(5)).send(words)
  }

  /// Whether a server answers.
  var answers: Bool { ask("PING") == .status("PONG") }

  /// The server's process.
  var redisPID: Int32? {
    ask("INFO", "server")?.text?.split(separator: "\r\n")
      .first { $0.hasPrefix("process_id:") }
      .flatMap { Int32($0.dropFirst("process_id:".count)) }
  }
}
