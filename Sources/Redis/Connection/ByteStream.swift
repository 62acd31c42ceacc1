import Glibc
import Loop

/// The bytes of one connection, in both directions, without blocking.
struct ByteStream: ~Copyable {
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
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> StreamOutcome {
    try Self.outcome(of: "recv") { recv(socket.raw, buffer.baseAddress, buffer.count, 0) }
  }

  /// Writes what there is room for. A peer that is gone is an error, not a signal.
  ///
  /// Source: `send(2)`.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> StreamOutcome {
    try Self.outcome(of: "send") {
      send(socket.raw, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
  }

  private static func outcome(of call: String, _ body: () -> Int) throws(SystemError)
    -> StreamOutcome
  {
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
