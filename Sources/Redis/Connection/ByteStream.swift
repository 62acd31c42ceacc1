import Glibc
import Loop

/// The bytes of one connection, in both directions, without blocking.
struct ByteStream: ~Copyable {
  /// How a read or a write went, if nothing is wrong.
  enum Outcome {
    /// So many bytes, at least one.
    case bytes(Int)
    /// Nothing now; the descriptor will become ready.
    case wouldBlock
    /// The other side says nothing any more.
    case ended
  }

  private let socket: Descriptor

  /// Takes over a socket.
  init(_ socket: consuming Descriptor) {
    self.socket = socket
  }

  /// The descriptor, to be watched.
  var descriptor: Int32 { socket.raw }

  /// Reads what there is, at most what `buffer` holds.
  ///
  /// Source: `recv(2)`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Outcome {
    try Self.outcome(of: "recv") { recv(socket.raw, buffer.baseAddress, buffer.count, 0) }
  }

  /// Writes what there is room for. A peer that is gone is an error, not a signal.
  ///
  /// Source: `send(2)`.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Outcome {
    try Self.outcome(of: "send") {
      send(socket.raw, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
  }

  private static func outcome(of call: String, _ body: () -> Int) throws(SystemError) -> Outcome {
    while true {
      let count = body()
      if count > 0 { return .bytes(count) }
      if count == 0 { return .ended }
      let code = errno
      if code == EAGAIN { return .wouldBlock }
      if code != EINTR { throw SystemError(call: call, code: code) }
    }
  }
}
