import Glibc

/// A pipe to write a log into, and to see what arrived.
package final class Pipe {
  private let readEnd: Int32
  /// Where to write; open for as long as the pipe lives.
  package let writeEnd: Int32

  /// An empty pipe, whose end for reading never blocks.
  package init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw TestFailure("pipe: errno \(errno)") }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// All that has been written and not been read.
  package func read() -> String {
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(readEnd, &bytes, bytes.count)
      guard count > 0 else { return String(decoding: all, as: UTF8.self) }
      all += bytes[..<count]
    }
  }
}
