import Glibc

/// Where a client is, as far as one client can be told from another by it: an IPv4 address, or the /64
/// of an IPv6 address, which is what one customer gets.
package struct ClientAddress: Hashable, Sendable {
  private let network: UInt64
  private let family: UInt16

  /// That of all clients that have none, as at a Unix socket.
  package static let unknown = ClientAddress(network: 0, family: UInt16(AF_UNSPEC))

  private init(network: UInt64, family: UInt16) {
    self.network = network
    self.family = family
  }

  /// Reads an address of any family.
  init(_ address: UnsafePointer<sockaddr>?) {
    guard let address else {
      self = .unknown
      return
    }
    let raw = UnsafeRawPointer(address)
    switch Int32(address.pointee.sa_family) {
    case AF_INET: self.init(ipv4: raw.load(as: sockaddr_in.self).sin_addr.s_addr)
    case AF_INET6:
      var bytes = raw.load(as: sockaddr_in6.self).sin6_addr
      self = withUnsafeBytes(of: &bytes) { bytes in
        let (first, second) = (
          bytes.load(as: UInt64.self), bytes.load(fromByteOffset: 8, as: UInt32.self)
        )
        // An IPv4 client at a socket for both.
        if first == 0, second == UInt32(0xFFFF).bigEndian {
          return Self(ipv4: bytes.load(fromByteOffset: 12, as: UInt32.self))
        }
        return Self(network: first, family: UInt16(AF_INET6))
      }
    default: self = .unknown
    }
  }

  private init(ipv4 address: UInt32) {
    self.init(network: UInt64(address), family: UInt16(AF_INET))
  }
}

extension ClientAddress: CustomStringConvertible {
  /// `192.0.2.1`, `2001:db8:0:1::/64`, or `a Unix socket`.
  package var description: String {
    withUnsafeBytes(of: network) { bytes in
      switch Int32(family) {
      case AF_INET: bytes.prefix(4).map(String.init).joined(separator: ".")
      case AF_INET6:
        stride(from: 0, to: 8, by: 2).map {
          String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }.joined(separator: ":") + "::/64"
      default: "a Unix socket"
      }
    }
  }
}
