import CLinux
import Glibc
import Loop
import Testing

/// A process of another program, whose end can be seen.
///
/// Source: `pidfd_open(2)`.
final class Stranger {
  private let pidfd: Descriptor

  /// A test whose process is not there has failed.
  init(pid: Int32?) throws {
    let raw = clinux_pidfd_open(try #require(pid))
    try #require(raw != -1)
    pidfd = Descriptor(owning: raw)
  }

  /// Waits for its end; false if that takes too long.
  func ends() -> Bool {
    var request = pollfd(fd: pidfd.raw, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, 30_000) == 1
  }
}
