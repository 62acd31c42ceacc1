import Glibc
import Loop

/// A pipe to write a log into, and to see what arrived.
final class Pipe {
  private let reader: Descriptor
  private let writer: Descriptor

  var writeEnd: Int32 { writer.raw }

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SystemError(call: "pipe", code: errno) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    reader = Descriptor(owning: ends[0])
    writer = Descriptor(owning: ends[1])
  }

  /// All that has been written so far.
  func read() -> String {
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(reader.raw, &bytes, bytes.count)
      guard count > 0 else { return String(decoding: all, as: UTF8.self) }
      all += bytes[..<count]
    }
  }
}
