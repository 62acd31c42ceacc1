import Glibc

/// What tells that a path leads to another file, or to another content, than when it was looked at
/// last. Links are followed: Kubernetes changes a mounted secret by one link that it swaps.
package struct FileStamp: Equatable, Sendable {
  /// Whether it is a file that can be read again: not a pipe, which may block and is empty then.
  package let isRegular: Bool
  /// Whether its mode lets every user of the machine read it.
  package let isReadableByAll: Bool

  private let device: dev_t
  private let inode: ino_t
  private let size: off_t
  private let modified: Int64
  private let changed: Int64

  /// Nil if there is no such file, or it cannot be reached.
  ///
  /// Source: `stat(2)`.
  package init?(_ path: String) {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    isRegular = info.st_mode & S_IFMT == S_IFREG
    isReadableByAll = info.st_mode & S_IROTH != 0
    device = info.st_dev
    inode = info.st_ino
    size = info.st_size
    modified = Self.nanoseconds(info.st_mtim)
    changed = Self.nanoseconds(info.st_ctim)
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
