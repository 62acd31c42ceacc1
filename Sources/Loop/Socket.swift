import Glibc

/// Non-blocking, close-on-exec stream sockets.
///
/// Source: `socket(2)`, `connect(2)`, `listen(2)`, `ipv6(7)`.
package enum Socket {
  private static let kind =
    Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

  /// Begins to connect; the socket becomes writable when that is done, well or badly
  /// (``pendingError(of:)`` tells). TCP connections send small writes at once.
  package static func connect(to address: ResolvedAddress) throws(SystemError) -> Descriptor {
    let raw = try SystemError.check("socket") { socket(address.family, kind, 0) }
    let descriptor = Descriptor(owning: raw)
    if address.family != AF_UNIX { try setOption(raw, Int32(IPPROTO_TCP), TCP_NODELAY) }
    let result = address.withSocketAddress { Glibc.connect(raw, $0, $1) }
    if result == -1, errno != EINPROGRESS, errno != EINTR {
      throw SystemError(call: "connect", code: errno)
    }
    return descriptor
  }

  /// Listens at `address`. With `shared`, other listeners of this user may have the same TCP port
  /// and the kernel spreads connections over them (`SO_REUSEPORT`).
  ///
  /// An IPv6 listener serves IPv4 clients, too, where its address is all addresses (`::`), whatever
  /// the system's default is.
  ///
  /// A Unix socket leaves its file behind when it is closed; a file at which no process listens is
  /// replaced here. `mode` is that of the file, instead of what the umask leaves.
  package static func listen(
    at address: ResolvedAddress, shared: Bool, mode: UInt32? = nil, backlog: Int32 = 4096
  ) throws(SystemError) -> Descriptor {
    let raw = try SystemError.check("socket") { socket(address.family, kind, 0) }
    let descriptor = Descriptor(owning: raw)
    if address.family == AF_UNIX {
      removeStaleFile(of: address)
    } else {
      try setOption(raw, SOL_SOCKET, SO_REUSEADDR)
      if shared { try setOption(raw, SOL_SOCKET, SO_REUSEPORT) }
      if address.family == AF_INET6 {
        try setOption(raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: 0)
      }
    }
    try SystemError.check("bind") { address.withSocketAddress { bind(raw, $0, $1) } }
    if let mode, let path = address.unixPath {
      // Before it listens, which is before a client can connect.
      try SystemError.check("chmod") { chmod(path, mode) }
    }
    try SystemError.check("listen") { Glibc.listen(raw, backlog) }
    return descriptor
  }

  /// The error that ended an attempt to connect, or 0 if it succeeded.
  package static func pendingError(of descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    let result = getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    return result == 0 ? code : errno
  }

  /// The TCP port of a listening socket, which the kernel chose if it was asked for port 0; nil for
  /// Unix sockets.
  package static func localPort(of descriptor: Int32) -> UInt16? {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    guard result == 0 else { return nil }
    return withUnsafePointer(to: address) { pointer in
      switch Int32(pointer.pointee.ss_family) {
      case AF_INET:
        pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          UInt16(bigEndian: $0.pointee.sin_port)
        }
      case AF_INET6:
        pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          UInt16(bigEndian: $0.pointee.sin6_port)
        }
      default: nil
      }
    }
  }

  private static func setOption(
    _ descriptor: Int32, _ level: Int32, _ option: Int32, to value: Int32 = 1
  ) throws(SystemError) {
    var value = value
    let size = socklen_t(MemoryLayout<Int32>.size)
    try SystemError.check("setsockopt") { setsockopt(descriptor, level, option, &value, size) }
  }

  /// If a connection to a socket's path is refused, no process listens there. At any other file a
  /// refusal means nothing, and such a file stays.
  private static func removeStaleFile(of address: ResolvedAddress) {
    guard let path = address.unixPath else { return }
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    do {
      _ = try connect(to: address)
    } catch {
      // If something else is wrong, bind will name it.
      if error.code == ECONNREFUSED { unlink(path) }
    }
  }
}
