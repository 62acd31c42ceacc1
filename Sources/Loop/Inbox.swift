import CLinux
import Glibc
import Locking

/// Where other threads leave messages for a loop.
///
/// Any thread may ``send(_:)``; the loop that ``deliver(on:to:)`` named handles the messages, in
/// order, on its own thread. An inbox is made before its loop's thread, so that the thread that starts
/// the loop can already hold it; what was sent meanwhile is not lost.
///
/// Source: `eventfd(2)`.
package final class Inbox<Message: Sendable>: Sendable {
  private let messages = Lock<[Message]>([])
  private let bell: Bell

  /// An empty inbox that no loop reads yet.
  package init() throws(SystemError) {
    bell = try Bell()
  }

  /// Leaves a message; the loop wakes if it sleeps. Never blocks for longer than the lock is held.
  package func send(_ message: Message) {
    let wasEmpty = messages.withLock { pending in
      pending.append(message)
      return pending.count == 1
    }
    // One ring brings the loop to all of them.
    if wasEmpty { bell.ring() }
  }

  /// Hands each message to `handler` on the loop's thread, until the watch that it returns is ended
  /// with ``Loop/unwatch(_:)``. To be called on that thread, and not again before the end.
  @discardableResult
  package func deliver(
    on loop: Loop, to handler: @escaping (Message) -> Void
  ) throws(SystemError) -> Loop.WatchID {
    try loop.watch(bell.descriptor, for: .readable) { [self] _ in
      bell.silence()
      for message in takeAll() { handler(message) }
    }
  }

  private func takeAll() -> [Message] {
    messages.withLock { pending in
      defer { pending = [] }
      return pending
    }
  }
}

/// An eventfd: rung by any thread, heard by one loop.
private final class Bell: Sendable {
  private let eventfd: Descriptor

  var descriptor: Int32 { eventfd.raw }

  init() throws(SystemError) {
    let flags = Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)
    eventfd = Descriptor(owning: try SystemError.check("eventfd") { CLinux.eventfd(0, flags) })
  }

  func ring() {
    // It fails only when the counter is full, and then it is ringing already.
    eventfd_write(eventfd.raw, 1)
  }

  func silence() {
    var count: eventfd_t = 0
    eventfd_read(eventfd.raw, &count)
  }
}
