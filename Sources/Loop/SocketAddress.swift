import Glibc

/// Where a socket listens or connects, as people write it: `host:port`, `[::1]:port`, or
/// `unix:/path`.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// A name or a literal IPv4 or IPv6 address, and a port (0 to 65535).
  case tcp(host: String, port: UInt16)
  /// The path of a Unix domain socket, at most 107 bytes.
  case unix(path: String)

  /// Parses one of the three forms; nil if `text` is none of them.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty, path.utf8.count < Self.unixPathCapacity else { return nil }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty else { return nil }
    self = .tcp(host: String(host), port: port)
  }

  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// `sun_path` with its closing NUL.
  static let unixPathCapacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
}
