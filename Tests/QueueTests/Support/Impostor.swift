import Loop

@testable import Queue
@testable import Redis

/// Something that answers pulses as Redis does, unless it is told not to, and everything else with a reply
/// of the test's choice.
final class Impostor: RedisClient {
  private let loop: Loop
  private let reply: String
  private let pulses: Bool
  private static let pulse =
    "*43\r\n:1\r\n:1700000000000000\r\n:0\r\n:1800000000000000\r\n:1800000000000000\r\n:3\r\n"
    + ":1700000000000000\r\n:0\r\n:5\r\n:10\r\n:100\r\n"
    + "$4\r\nopen\r\n" + String(repeating: "$-1\r\n", count: 10)
    + "$1\r\ne\r\n" + String(repeating: ":0\r\n", count: 9) + ":1800000000000\r\n$0\r\n\r\n"
    + ":600000\r\n:5\r\n:-1\r\n*3\r\n:0\r\n:0\r\n:0\r\n" + String(repeating: ":0\r\n", count: 4)
    + "*0\r\n"

  /// - Parameter reply: As Redis would send it.
  init(loop: Loop, reply: String, pulses: Bool = true) {
    self.loop = loop
    self.reply = reply
    self.pulses = pulses
  }

  func send(
    _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    let isPulse =
      if case .evalsha(let script, _, _) = command { script.name == "pulse" } else { false }
    let isPair = if case .zscoreAndRank = command { true } else { false }
    let reply = isPair ? "*2\r\n" + reply + reply : reply
    let bytes = Array((isPulse && pulses ? Self.pulse : reply).utf8)
    loop.defer(to: .answer) { [pulses] in
      try? withReply(bytes) { reply in
        precondition(!isPulse || !pulses || PulseScript.Reply(reply) != nil, "no pulse")
        completion(.success(reply))
      }
    }
  }
}
