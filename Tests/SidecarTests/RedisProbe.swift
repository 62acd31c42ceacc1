import Glibc
import Loop

/// Asks a Redis on a Unix socket one thing, waiting for the answer.
struct RedisProbe {
  let address: SocketAddress

  /// The answer to a command, without its line ends at both ends; nil if nobody answers.
  func ask(_ command: String) -> String? {
    guard let resolved = ResolvedAddress(literal: address),
      let socket = try? Socket.connect(to: resolved)
    else { return nil }
    let line = command + "\r\n"
    guard write(socket.raw, line, line.utf8.count) == line.utf8.count else { return nil }
    var request = pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0)
    guard poll(&request, 1, 5000) == 1 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 16 * 1024)
    let count = read(socket.raw, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Whether a server answers.
  var answers: Bool { ask("PING") == "+PONG\r\n" }

  /// The server's process.
  var pid: Int32? {
    ask("INFO server")?.split(separator: "\r\n")
      .first { $0.hasPrefix("process_id:") }
      .flatMap { Int32($0.dropFirst("process_id:".count)) }
  }
}
