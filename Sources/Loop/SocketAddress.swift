import Glibc

/// Where a socket listens or connects, as operators write it: `host:port`, `[::1]:port`, or
/// `unix:/path`.
package enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// A name or a literal IPv4 or IPv6 address (without brackets), and a port (0 to 65535).
  case tcp(host: String, port: UInt16)
  /// The path of a Unix domain socket, at most 107 bytes.
  case unix(path: String)

  /// Parses one of the three forms; nil if `text` is none of them.
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      self.init(path: text.dropFirst(5))
    } else {
      self.init(hostAndPort: text)
    }
  }

  private init?(path: Substring) {
    guard !path.isEmpty, path.utf8.count < Self.unixPathCapacity, !path.utf8.contains(0)
    else { return nil }
    self = .unix(path: String(path))
  }

  private init?(hostAndPort text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    var host = text[..<colon]
    let digits = text[colon...].dropFirst()
    // A number may have a sign, a port may not.
    guard let port = UInt16(digits), digits.first?.isNumber == true else { return nil }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, host.contains(":") == isBracketed, host.utf8.allSatisfy(Self.isInHosts)
    else { return nil }
    self = .tcp(host: String(host), port: port)
  }

  /// Which names exist is the resolver's business; these bytes are in none, and show a mistake. Of a
  /// `*`, which elsewhere stands for all addresses, the resolver makes loopback.
  private static func isInHosts(_ byte: UInt8) -> Bool {
    byte > UInt8(ascii: " ") && byte != 0x7f && !"[]/*".utf8.contains(byte)
  }

  /// The form that ``init(_:)`` takes.
  package var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// `sun_path` with its closing NUL.
  static let unixPathCapacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
}
