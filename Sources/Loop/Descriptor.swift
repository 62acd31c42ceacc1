import Glibc

/// The one owner of a file descriptor: closes it when it goes away.
///
/// Source: `close(2)`.
package struct Descriptor: ~Copyable, Sendable {
  /// The number; it stays valid for as long as this value lives.
  package let raw: Int32

  /// Takes over `raw`, which nothing else may close.
  package init(owning raw: Int32) {
    self.raw = raw
  }

  /// A second number for what `raw` is, with an owner of its own.
  ///
  /// Source: `fcntl(2)`, `F_DUPFD_CLOEXEC`.
  package init(duplicating raw: Int32) throws(SystemError) {
    self.init(owning: try SystemError.check("fcntl") { fcntl(raw, F_DUPFD_CLOEXEC, 0) })
  }

  deinit {
    close(raw)
  }

  /// Gives the number away without closing it: to libmicrohttpd, say, which closes it itself.
  package consuming func release() -> Int32 {
    let number = raw
    discard self
    return number
  }
}
