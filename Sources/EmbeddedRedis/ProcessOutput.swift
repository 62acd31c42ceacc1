import Glibc
import Loop

/// What a child process says, line by line.
///
/// It is a pair of sockets and not a pipe, because our end of it can then be read without waiting
/// while writing to the child's end waits as usual.
///
/// Source: `socketpair(2)`, `recv(2)`.
final class ProcessOutput {
  /// A longer line comes in pieces of this many bytes.
  private static let longestLine = 1024

  private let ours: Descriptor
  private var childs: Descriptor?
  private let loop: Loop
  private var watch: Loop.WatchID?
  private var line: [UInt8] = []
  private let handler: (String) -> Void

  /// Calls `handler` with each line, on the loop's thread.
  init(on loop: Loop, _ handler: @escaping (String) -> Void) throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw SystemError(call: "socketpair", code: errno)
    }
    ours = Descriptor(owning: ends[0])
    childs = Descriptor(owning: ends[1])
    self.loop = loop
    self.handler = handler
    watch = try loop.watch(ends[0], for: .readable) { [unowned self] _ in read() }
  }

  deinit {
    if let watch { loop.unwatch(watch) }
  }

  /// Gives the child's end to `start`, which starts the child; ours is then the only one left here,
  /// so that the child's death is the end of what it says.
  func withChildsEnd<Result>(
    _ start: (Int32) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    guard let descriptor = childs.take() else { throw SystemError(call: "dup2", code: EBADF) }
    return try start(descriptor.raw)
  }

  /// Reads what there is; also to be called when the child has ended, for its last words.
  func read() {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(ours.raw, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        for byte in bytes[..<count] { append(byte) }
      } else if count == -1, errno == EAGAIN {
        return
      } else if count == 0 || errno != EINTR {
        return finish()
      }
    }
  }

  private func append(_ byte: UInt8) {
    if byte != UInt8(ascii: "\n") { line.append(byte) }
    if byte == UInt8(ascii: "\n") || line.count == Self.longestLine { flush() }
  }

  private func flush() {
    if !line.isEmpty { handler(String(decoding: line, as: UTF8.self)) }
    line.removeAll(keepingCapacity: true)
  }

  private func finish() {
    flush()
    if let watch { loop.unwatch(watch) }
    watch = nil
  }
}

@available(*, unavailable, message: "a ProcessOutput belongs to its loop's thread")
extension ProcessOutput: Sendable {}
