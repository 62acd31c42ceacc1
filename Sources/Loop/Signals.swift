import CLinux
import Glibc

/// Signals as loop events, for as long as this object lives.
///
/// Source: `signalfd(2)`.
package final class Signals {
  private let descriptor: Descriptor
  private let loop: Loop
  private var watch: Loop.WatchID?

  /// Keeps `signals` from interrupting the calling thread and every thread that it will start.
  ///
  /// To be called before any other thread exists: the kernel gives a signal to any thread that does not
  /// block it. A
  /// process started by such a thread inherits the mask, unless it is started with
  /// `POSIX_SPAWN_SETSIGMASK` and an empty one.
  package static func block(_ signals: [Int32]) throws(SystemError) {
    var set = signalSet(signals)
    let code = pthread_sigmask(SIG_BLOCK, &set, nil)
    if code != 0 { throw SystemError(call: "pthread_sigmask", code: code) }
  }

  /// Calls `handler` on the loop's thread with the number of each signal that arrives. They must be
  /// blocked in every thread (``block(_:)``).
  package init(
    _ signals: [Int32], on loop: Loop, handler: @escaping (Int32) -> Void
  ) throws(SystemError) {
    var set = Self.signalSet(signals)
    let flags = Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)
    let raw = try SystemError.check("signalfd") { signalfd(-1, &set, flags) }
    descriptor = Descriptor(owning: raw)
    self.loop = loop
    watch = try loop.watch(raw, for: .readable) { _ in
      // One a turn, though more may wait: the handler may let this object go, and the number with it.
      if let signal = Self.next(from: raw) { handler(signal) }
    }
  }

  deinit {
    if let watch { loop.unwatch(watch) }
  }

  private static func next(from descriptor: Int32) -> Int32? {
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    return read(descriptor, &info, size) == size ? Int32(info.ssi_signo) : nil
  }

  private static func signalSet(_ signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }
}

@available(*, unavailable, message: "Signals belong to their loop's thread")
extension Signals: Sendable {}
