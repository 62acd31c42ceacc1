import Loop
import Testing

@testable import Redis

@Suite struct RedirectionTests {
  private let sender = SocketAddress.tcp(host: "sender", port: 1)

  private func redirection(_ line: String) -> Redirection? {
    Redirection(RedisError(line: line), from: sender)
  }

  @Test(
    "MOVED and ASK name a slot and a node",
    arguments: [
      ("MOVED 3999 127.0.0.1:6381", "127.0.0.1", 6381, false),
      ("ASK 3999 127.0.0.1:6381", "127.0.0.1", 6381, true),
      ("MOVED 3999 db.example.com:6381", "db.example.com", 6381, false),
      ("MOVED 3999 ::1:6381", "::1", 6381, false),
      ("MOVED 3999 :6381", "sender", 6381, false),
      ("MOVED 3999 ?:6381", "sender", 6381, false),
    ])
  func forms(line: String, host: String, port: UInt16, asks: Bool) throws {
    let redirection = try #require(self.redirection(line))
    #expect(redirection.slot == 3999)
    #expect(redirection.target == .tcp(host: host, port: port))
    #expect(redirection.asks == asks)
  }

  @Test(
    "anything else is none",
    arguments: [
      "MOVED", "MOVED 1", "MOVED 16384 a:1", "MOVED -1 a:1", "MOVED 1 a", "MOVED 1 a:0",
      "MOVED 1 a:65536", "MOVED 1 a:b", "MOVED 1 a/b:1", "MOVED 1 a:1 more",
      "TRYAGAIN Multiple keys", "ERR no",
    ])
  func others(line: String) {
    #expect(redirection(line) == nil)
  }
}
