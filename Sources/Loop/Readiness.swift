import CLinux

/// What to be told about a descriptor. Errors and hang-ups are told in any case, even with nothing
/// asked for.
package struct Interest: OptionSet, Sendable {
  /// `EPOLL…` bits.
  package let rawValue: UInt32

  /// A set of `EPOLL…` bits.
  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// There is something to read, or the peer closed its side.
  package static let readable = Interest(rawValue: EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
  /// The peer has closed its side, wholly or for sending; told once.
  package static let peerEnd = Interest(rawValue: EPOLLRDHUP.rawValue | EPOLLET.rawValue)
  /// There is room to write.
  package static let writable = Interest(rawValue: EPOLLOUT.rawValue)
}

/// What happened to a descriptor.
package struct Readiness: Sendable {
  let events: UInt32

  /// There is something to read, an end of file and an error among it: the read tells which.
  package var readable: Bool {
    events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | failure) != 0
  }

  /// There is room to write, or the write will tell what is wrong.
  package var writable: Bool { events & (EPOLLOUT.rawValue | failure) != 0 }

  private var failure: UInt32 { EPOLLERR.rawValue | EPOLLHUP.rawValue }
}
