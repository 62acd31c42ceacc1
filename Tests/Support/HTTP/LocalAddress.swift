import Foundation
import Locking

/// Where a server of a test listens: always on this machine.
package enum LocalAddress: Hashable, Sendable, CustomStringConvertible {
  /// A port of 127.0.0.1.
  case tcp(port: UInt16)
  /// The path of a Unix domain socket.
  case unix(path: String)

  /// As usher's settings write it: `127.0.0.1:port` or `unix:/path`.
  package var description: String {
    switch self {
    case .tcp(let port): "127.0.0.1:\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// A port that nothing listens on and that no other caller in this process gets.
  ///
  /// It lies below the ports that the kernel gives to outgoing connections (from 32768), of which
  /// tests make thousands: one of them would sooner or later sit on a port that is to be listened
  /// on.
  package static func freePort() throws -> LocalAddress {
    for _ in 0..<1000 {
      let port = UInt16.random(in: 20_000..<32_768)
      guard portsGiven.withLock({ $0.insert(port).inserted }) else { continue }
      if canListen(on: port) { return .tcp(port: port) }
    }
    throw TestFailure("no free port found")
  }

  private static let portsGiven = Lock<Set<UInt16>>([])

  private static func canListen(on port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    // On all interfaces, so that it is free for those who listen there too.
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// The address as the system calls want it.
  func withSocketAddress<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
  ) throws -> Result {
    switch self {
    case .tcp(let port):
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
      return try Self.rebind(&address, body)
    case .unix(let path):
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let capacity = MemoryLayout.size(ofValue: address.sun_path)
      guard path.utf8.count < capacity else { throw TestFailure("too long for a socket: \(path)") }
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      return try Self.rebind(&address, body)
    }
  }

  private static func rebind<Address, Result>(
    _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
  ) rethrows -> Result {
    try withUnsafePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try body($0, socklen_t(MemoryLayout<Address>.size))
      }
    }
  }

  /// A new socket that listens here, and is the caller's to close.
  package func listen() throws -> Int32 {
    let descriptor = try newSocket()
    let isBound = try withSocketAddress { bind(descriptor, $0, $1) == 0 }
    guard isBound, Foundation.listen(descriptor, 128) == 0 else {
      let code = errno
      close(descriptor)
      throw TestFailure("cannot listen at \(self): \(String(cString: strerror(code)))")
    }
    return descriptor
  }

  /// A new socket that is connected to the server here, and is the caller's to close. Before it is,
  /// `prepare` may set its options.
  package func connect(preparedBy prepare: (Int32) throws -> Void = { _ in }) throws -> Int32 {
    let descriptor = try newSocket()
    do {
      try prepare(descriptor)
      guard try withSocketAddress({ Foundation.connect(descriptor, $0, $1) == 0 }) else {
        throw ClientError.system(call: "connect", code: errno)
      }
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  /// A socket of this family that is neither bound nor connected.
  func newSocket() throws -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, kind, 0)
    guard descriptor >= 0 else { throw ClientError.system(call: "socket", code: errno) }
    return descriptor
  }

  /// `AF_INET` or `AF_UNIX`.
  var family: Int32 {
    switch self {
    case .tcp: AF_INET
    case .unix: AF_UNIX
    }
  }
}
