import Glibc
import Testing

/// A blocking client that sends exactly the bytes it is told to.
final class Client {
  /// An answer as it came in.
  struct Answer: Equatable {
    var status: Int
    /// Names in small letters.
    var headers: [String: String]
    var body: String

    var closes: Bool { headers["connection"] == "close" }
  }

  let descriptor: Int32
  private var received: [UInt8] = []

  /// Connects to a port on 127.0.0.1.
  convenience init(port: UInt16) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    self.init(family: AF_INET, address)
  }

  /// Connects to a Unix socket.
  convenience init(path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    self.init(family: AF_UNIX, address)
  }

  /// Takes over a connection that was made elsewhere.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    isConnected = true
  }

  private init<Address>(family: Int32, _ address: Address) {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    // A server that hangs makes a test fail instead of hanging it.
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let result = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    self.descriptor = descriptor
    isConnected = result == 0
  }

  /// False if no server listened.
  let isConnected: Bool

  deinit {
    close(descriptor)
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends all of `bytes`, or as much as the server takes before it closes.
  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// Sends `bytes` and the end in one piece, but still reads.
  func sendLast(_ bytes: [UInt8]) {
    Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_MORE))
    finishSending()
  }

  /// Sends nothing more, but still reads.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// The next answer on the connection; nil if the server closes it first.
  func answer(toHead: Bool = false) -> Answer? {
    while true {
      if let (answer, size) = Self.parse(received, hasBody: !toHead) {
        received.removeFirst(size)
        return answer
      }
      guard receiveMore() else { return nil }
    }
  }

  /// Sends a request without a body and waits for the answer.
  func get(_ target: String) -> Answer? {
    send("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n")
    return answer()
  }

  /// Everything that comes until the server closes the connection.
  func readToEnd() -> String {
    while receiveMore() {}
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }

  /// False at the end of the stream, which a reset is too.
  private func receiveMore() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count < 0, errno == EAGAIN { Issue.record("the server neither answered nor closed") }
    guard count > 0 else { return false }
    received += buffer[..<count]
    return true
  }

  private static func parse(_ bytes: [UInt8], hasBody: Bool) -> (Answer, size: Int)? {
    let text = String(decoding: bytes, as: Unicode.ASCII.self).utf8
    let separator = Array("\r\n\r\n".utf8)
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: separator) }) else {
      return nil
    }
    let lines = String(decoding: text.prefix(end), as: UTF8.self)
      .split(separator: "\r\n", omittingEmptySubsequences: false)
    let words = lines[0].split(separator: " ")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst(2))
    }
    guard words.count >= 2, let status = Int(words[1]) else { return nil }
    let isFinal = status >= 200
    let length = hasBody && isFinal ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
    let start = end + separator.count
    guard bytes.count >= start + length else { return nil }
    let body = String(decoding: bytes[start..<(start + length)], as: UTF8.self)
    return (Answer(status: status, headers: headers, body: body), start + length)
  }
}
