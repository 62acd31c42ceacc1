import Loop

extension Endpoint {
  /// Parses `redis://[[user]:password@]host[:port][/database]` or a Unix socket, as
  /// `unix:/path[?db=database]` or `unix://[user]:password@/path[?db=database]`.
  ///
  /// User, password and path may be percent-encoded, and must be where they contain a character
  /// that means something in a URL (`: / ? # @ %`). An IPv6 address stands in brackets. The port is
  /// 6379 and the database 0 unless they are given.
  ///
  /// `rediss://` is `redis://` over TLS, with ``TLSSettings`` as they are by default.
  ///
  /// Errors quote nothing of `url`: a password with an unescaped `/` could stand anywhere in it.
  ///
  /// Source: RFC 3986; the IANA registrations of the schemes `redis` and `rediss`.
  package init(url: String) throws(RedisURLError) {
    if let rest = url.dropping(scheme: "redis://") {
      try self.init(network: rest)
    } else if let rest = url.dropping(scheme: "rediss://") {
      try self.init(network: rest)
      tls = TLSContext()
    } else if let rest = url.dropping(scheme: "unix://") {
      try self.init(unix: rest)
    } else if let path = url.dropping(scheme: "unix:") {
      try self.init(unix: path)
    } else {
      throw .unknownScheme
    }
  }

  /// `[[user]:password@]host[:port][/database]`
  private init(network text: Substring) throws(RedisURLError) {
    if text.contains("#") { throw .fragment }
    if text.contains("?") { throw .unknownParameter }
    let slash = text.firstIndex(of: "/") ?? text.endIndex
    let (credentials, host) = try Self.credentials(before: text[..<slash])
    let database = text[slash...].dropFirst()
    self.init(
      address: try Self.tcpAddress(host), credentials: credentials,
      database: database.isEmpty ? 0 : try Self.database(database))
  }

  /// `[[user]:password@]/path[?db=database]`
  private init(unix text: Substring) throws(RedisURLError) {
    if text.contains("#") { throw .fragment }
    let question = text.firstIndex(of: "?") ?? text.endIndex
    let location = text[..<question]
    guard let slash = location.firstIndex(of: "/") else { throw .badPath }
    let (credentials, host) = try Self.credentials(before: location[..<slash])
    guard host.isEmpty, let path = location[slash...].percentDecoded,
      let address = SocketAddress("unix:\(path)"), !path.utf8.contains(0)
    else { throw .badPath }
    var database = 0
    if question < text.endIndex {
      guard let number = text[question...].dropping(scheme: "?db=") else { throw .unknownParameter }
      database = try Self.database(number)
    }
    self.init(address: address, credentials: credentials, database: database)
  }

  /// Splits `[[user]:password@]host`.
  static func credentials(
    before text: Substring
  ) throws(RedisURLError) -> (Credentials?, host: Substring) {
    guard let at = text.lastIndex(of: "@") else { return (nil, text) }
    let parts = text[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw .noPassword }
    guard let user = parts[0].percentDecoded, let password = parts[1].percentDecoded else {
      throw .badCredentials
    }
    let credentials = Credentials(user: user.isEmpty ? nil : user, password: password)
    return (credentials, text[text.index(after: at)...])
  }

  /// `host`, `host:port`, `[::1]` or `[::1]:port`; `port` is meant where none is given.
  static func tcpAddress(
    _ text: Substring, port: UInt16 = 6379
  ) throws(RedisURLError) -> SocketAddress {
    let hasPort = text.last != "]" && text.contains(":")
    guard let address = SocketAddress(hasPort ? String(text) : "\(text):\(port)"),
      case .tcp(let host, let port) = address, port > 0, isHost(host)
    else { throw .badHostOrPort }
    return address
  }

  /// Letters, digits and what else names and literal addresses contain; not all of these are hosts,
  /// but nothing else is.
  private static func isHost(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: ".-_:%".utf8.contains(byte)
      }
    }
  }

  /// A number without a sign.
  static func database(_ text: Substring) throws(RedisURLError) -> Int {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text) else {
      throw .badDatabase
    }
    return number
  }
}
