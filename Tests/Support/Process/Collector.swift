import Foundation
import Locking

/// Everything that comes out of a pipe, taken by a thread of its own, so that the other side never
/// waits.
final class Collector: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isAtEnd = false
  }

  private let state = Lock(State())

  private init() {}

  /// A collector and the end to write to, which the caller closes.
  static func make() throws -> (Collector, Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw TestFailure("pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let collector = Collector()
    let (readEnd, writeEnd) = (ends[0], ends[1])
    Thread { collector.collect(readEnd) }.start()
    return (collector, writeEnd)
  }

  var text: String {
    state.withLock { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// The complete ones, without their ends.
  var lines: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  var isAtEnd: Bool { state.withLock(\.isAtEnd) }

  private func collect(_ descriptor: Int32) {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        state.withLock { $0.bytes += chunk[..<count] }
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    close(descriptor)
    state.withLock { $0.isAtEnd = true }
  }
}
