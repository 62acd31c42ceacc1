import Glibc
import TestSupport
import Testing

/// A client that sends exactly the bytes it is told to, and to which a connection that the server closes
/// is an answer like others: nil, or no more bytes.
final class Client {
  /// An answer as it came in.
  struct Answer: Equatable {
    var status: Int
    /// Names in small letters.
    var headers: [String: String]
    var body: String

    var closes: Bool { headers["connection"] == "close" }
  }

  /// A server that hangs makes a test fail instead of hanging it.
  private static let timeout = Duration.seconds(20)

  private let socket: BlockingSocket?

  /// Connects to a port on 127.0.0.1.
  convenience init(port: UInt16) {
    self.init(try? BlockingSocket(.tcp(port: port), timeout: Self.timeout))
  }

  /// Connects to a Unix socket.
  convenience init(path: String) {
    self.init(try? BlockingSocket(.unix(path: path), timeout: Self.timeout))
  }

  /// Takes over a connection that was made elsewhere.
  convenience init(descriptor: Int32) {
    self.init(BlockingSocket(descriptor: descriptor, timeout: Self.timeout))
  }

  private init(_ socket: BlockingSocket?) {
    self.socket = socket
  }

  /// False if no server listened.
  var isConnected: Bool { socket != nil }

  /// The socket; -1 if no server listened.
  var descriptor: Int32 { socket?.descriptor ?? -1 }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends all of `bytes`, or as much as the server takes before it closes.
  func send(_ bytes: [UInt8]) { try? socket?.send(bytes) }

  /// Sends `bytes` and the end in one piece, but still reads.
  func sendLast(_ bytes: [UInt8]) {
    Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_MORE))
    finishSending()
  }

  /// Sends nothing more, but still reads.
  func finishSending() { socket?.finishSending() }

  /// The next answer on the connection; nil if the server closes it first.
  func answer(toHead: Bool = false) -> Answer? {
    guard let response = received({ try HTTPResponse(from: $0, toHead: toHead) }) else {
      return nil
    }
    let headers = response.headers.map { ($0.name.lowercased(), $0.value) }
    return Answer(
      status: response.status, headers: Dictionary(headers) { _, last in last },
      body: response.text)
  }

  /// Sends a request without a body and waits for the answer.
  func get(_ target: String) -> Answer? {
    send("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n")
    return answer()
  }

  /// Everything that comes until the server closes the connection, or resets it.
  func readToEnd() -> String {
    let bytes = received { try $0.bytesToEnd() } ?? socket?.bytesReceived() ?? []
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What `receive` returns; nil at the end of the stream, which a reset is too.
  private func received<Result>(_ receive: (BlockingSocket) throws -> Result) -> Result? {
    guard let socket else { return nil }
    do {
      return try receive(socket)
    } catch ClientError.closed, ClientError.cutOff {
      return nil
    } catch {
      Issue.record("the server neither answered nor closed: \(error)")
      return nil
    }
  }
}
