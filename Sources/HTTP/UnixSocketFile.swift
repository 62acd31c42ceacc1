import Glibc

/// The file of a listening Unix socket, which outlives the socket unless the server removes it.
///
/// Source: `unix(7)`.
struct UnixSocketFile {
  private let path: String
  private let device: dev_t
  private let inode: ino_t

  /// Finds out where `descriptor` listens; nil if that is no path.
  init?(of descriptor: Int32) {
    var address = sockaddr_un()
    var size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    guard result == 0, Int32(address.sun_family) == AF_UNIX else { return nil }
    path = withUnsafeBytes(of: address.sun_path) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    var found = stat()
    guard !path.isEmpty, lstat(path, &found) == 0 else { return nil }
    device = found.st_dev
    inode = found.st_ino
  }

  /// Removes the file, unless another server has put its own in its place.
  func remove() {
    var found = stat()
    guard lstat(path, &found) == 0, found.st_dev == device, found.st_ino == inode else { return }
    unlink(path)
  }
}
