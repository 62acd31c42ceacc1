import Foundation

/// A connection that waits: the common ground of the tests' clients.
///
/// For one thread at a time.
package final class BlockingSocket {
  /// The socket, open for as long as this lives.
  package let descriptor: Int32
  private var received: [UInt8] = []
  /// Where in `received` the bytes begin that were not taken yet.
  private var taken = 0
  private var chunk = [UInt8](repeating: 0, count: 65_536)

  /// Connects.
  ///
  /// - Parameter timeout: How long each call waits for the other side to do something, before it
  ///   throws ``ClientError/timedOut``.
  package convenience init(_ address: LocalAddress, timeout: Duration) throws {
    self.init(descriptor: try address.newSocket(), timeout: timeout)
    if case .tcp = address {
      var on: Int32 = 1
      let size = socklen_t(MemoryLayout<Int32>.size)
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
    }
    let result = try address.withSocketAddress { connect(descriptor, $0, $1) }
    if result == -1 { throw Self.error("connect") }
  }

  /// Takes over a socket, whose calls wait for so long.
  package init(descriptor: Int32, timeout: Duration) {
    self.descriptor = descriptor
    let (seconds, attoseconds) = timeout.components
    var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  }

  deinit {
    close(descriptor)
  }

  /// Sends all of `bytes`.
  package func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw Self.error("send")
      }
    }
  }

  /// Says that nothing more will be sent; what the other side sends can still be read.
  package func finishSending() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// Takes everything up to the next line feed: without it, and without a carriage return before it.
  func line() throws -> String {
    var searched = taken
    while true {
      if let end = lineFeed(from: searched) {
        let hasReturn = end > taken && received[end - 1] == UInt8(ascii: "\r")
        let line = received[taken..<(hasReturn ? end - 1 : end)]
        taken = end + 1
        return String(decoding: line, as: UTF8.self)
      }
      // Receiving moves what is left to the front.
      searched = received.count - taken
      guard try receive() else { throw ending }
    }
  }

  func bytes(_ count: Int) throws -> [UInt8] {
    while received.count - taken < count {
      guard try receive() else { throw ending }
    }
    defer { taken += count }
    return Array(received[taken..<(taken + count)])
  }

  /// Takes everything until the other side closes.
  package func bytesToEnd() throws -> [UInt8] {
    while try receive() {}
    return bytesReceived()
  }

  /// Takes what has come and was not taken. Does not wait.
  package func bytesReceived() -> [UInt8] {
    defer { taken = received.count }
    return Array(received[taken...])
  }

  /// Whether the other side has closed and nothing is left to take. Does not wait.
  func isAtEnd() -> Bool {
    guard taken == received.count else { return false }
    var byte: UInt8 = 0
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    let count = recv(descriptor, &byte, 1, flags)
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
  }

  private func lineFeed(from start: Int) -> Int? {
    received.withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + start, 10, bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  /// Waits for more; false when the other side has closed.
  private func receive() throws -> Bool {
    if taken > 0 {
      received.removeFirst(taken)
      taken = 0
    }
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count > 0 {
        received += chunk[..<count]
        return true
      }
      if count == 0 { return false }
      if errno == EINTR { continue }
      let error = Self.error("recv")
      throw error == .closed ? ending : error
    }
  }

  private var ending: ClientError { received.count > taken ? .cutOff : .closed }

  private static func error(_ call: String) -> ClientError {
    switch errno {
    // The first when reading or writing timed out, the second when connecting did.
    case EAGAIN, EINPROGRESS: .timedOut
    case ECONNRESET, EPIPE: .closed
    default: .system(call: call, code: errno)
    }
  }
}
