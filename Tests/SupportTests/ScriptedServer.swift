import Foundation
import Locking
import TestSupport

/// A server that says what it is told to, whatever is asked: for each request head that arrives on a
/// connection, the next of its answers; after the last of a connection's answers it closes.
final class ScriptedServer: Sendable {
  let address: LocalAddress
  private let received = Lock("")
  private let directory: TemporaryDirectory
  private let listener: Int32

  /// - Parameter connections: The answers of the first connection, of the second, and so on.
  init(_ connections: [[String]]) throws {
    directory = try TemporaryDirectory()
    address = .unix(path: directory.path(of: "socket"))
    listener = try address.listen()
    Thread { [self] in
      for answers in connections { serve(answers) }
      close(listener)
    }.start()
  }

  /// All that clients have sent.
  var text: String { received.withLock { $0 } }

  private func serve(_ answers: [String]) {
    let connection = accept(listener, nil, nil)
    defer { close(connection) }
    var pending = ""
    var chunk = [UInt8](repeating: 0, count: 4096)
    for answer in answers {
      while !pending.contains("\r\n\r\n") {
        let count = recv(connection, &chunk, chunk.count, 0)
        guard count > 0 else { return }
        pending += String(decoding: chunk[..<count], as: UTF8.self)
      }
      received.withLock { $0 += pending }
      pending = ""
      // Byte by byte, so that the client must put it together.
      for byte in answer.utf8 {
        withUnsafeBytes(of: byte) { _ = send(connection, $0.baseAddress, 1, Int32(MSG_NOSIGNAL)) }
      }
    }
  }
}
