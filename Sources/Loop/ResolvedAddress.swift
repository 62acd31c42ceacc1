import Glibc

/// An address as the kernel takes it: ready for `connect(2)` or `bind(2)`.
package struct ResolvedAddress: Sendable {
  private var storage: sockaddr_storage
  private let length: socklen_t

  /// `AF_INET`, `AF_INET6` or `AF_UNIX`.
  package var family: Int32 { Int32(storage.ss_family) }

  /// The address of a Unix socket or of a literal IP address; nil for a name, which needs
  /// ``lookUp(_:)``.
  package init?(literal address: SocketAddress) {
    switch address {
    case .unix(let path):
      self.init(unixPath: path)
    case .tcp:
      let found = try? Self.addresses(of: address, flags: AI_NUMERICHOST | AI_NUMERICSERV)
      guard let first = found?.first else { return nil }
      self = first
    }
  }

  /// Asks the system's resolver for all addresses of `address`, at least one, best first. It may
  /// block for seconds: never call it on the thread of a loop that serves clients.
  ///
  /// Source: `getaddrinfo(3)`.
  package static func lookUp(_ address: SocketAddress) throws(ResolveError) -> [ResolvedAddress] {
    if let literal = ResolvedAddress(literal: address) { return [literal] }
    return try addresses(of: address, flags: AI_NUMERICSERV)
  }

  /// The same host at another port; a Unix socket as it is.
  func with(port: UInt16) -> ResolvedAddress {
    var copy = self
    guard family == AF_INET || family == AF_INET6 else { return copy }
    withUnsafeMutablePointer(to: &copy.storage) { pointer in
      // The port stands at the same place in both.
      pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        $0.pointee.sin_port = port.bigEndian
      }
    }
    return copy
  }

  /// The path, if this is a Unix socket.
  var unixPath: String? {
    guard family == AF_UNIX else { return nil }
    return withSocketAddress { address, _ in
      address.withMemoryRebound(to: sockaddr_un.self, capacity: 1) { unix in
        withUnsafeBytes(of: unix.pointee.sun_path) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
      }
    }
  }

  /// Calls `body` with the C form.
  func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  private init(_ info: addrinfo) {
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.copyMemory(
        from: UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
    }
    self.storage = storage
    length = info.ai_addrlen
  }

  private init?(unixPath path: String) {
    guard path.utf8.count < SocketAddress.unixPathCapacity else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { bytes in
      withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
    }
    self.storage = storage
    length = socklen_t(MemoryLayout<sockaddr_un>.size)
  }

  private static func addresses(
    of address: SocketAddress, flags: Int32
  ) throws(ResolveError) -> [ResolvedAddress] {
    let (host, port) =
      switch address {
      case .tcp(let host, let port): (host, port)
      case .unix: throw ResolveError(address, code: EAI_NONAME)
      }
    var hints = addrinfo()
    hints.ai_flags = flags
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else { throw ResolveError(address, code: code) }
    defer { freeaddrinfo(list) }
    return sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }
      .compactMap { $0.map { ResolvedAddress($0.pointee) } }
  }
}
