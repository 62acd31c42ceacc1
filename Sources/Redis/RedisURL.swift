import Loop

extension Endpoint {
  /// Parses `redis://[[user]:password@]host[:port][/database]` or a Unix socket, as
  /// `unix:/path[?db=database]` or `unix://[user]:password@/path[?db=database]`.
  ///
  /// User, password and path may be percent-encoded, and must be where they contain a character that
  /// means something in a URL (`: / ? # @ %`). An IPv6 address stands in brackets. The port is 6379
  /// and the database 0 unless they are given.
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
    guard host.isEmpty, let path = percentDecoded(location[slash...]),
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
    guard let user = percentDecoded(parts[0]), let password = percentDecoded(parts[1]) else {
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

  static func database(_ text: Substring) throws(RedisURLError) -> Int {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text) else {
      throw .badDatabase
    }
    return number
  }
}

/// What is wrong with a Redis URL. The sentence says what is allowed and quotes nothing.
package enum RedisURLError: Error, Equatable, CustomStringConvertible {
  /// It begins with something else.
  case unknownScheme
  /// The host is missing or misspelt, or the port is none.
  case badHostOrPort
  /// The Unix socket's path is missing, relative, or too long.
  case badPath
  /// There is a database other than 0, and a cluster has no other.
  case databaseOfCluster
  /// Sentinels, and nothing that says which of their masters is meant.
  case noMasterName
  /// The database is not a number.
  case badDatabase
  /// There is a user before the `@`, but no password.
  case noPassword
  /// A `%` that is not followed by two hexadecimal digits, or bytes that are not UTF-8.
  case badCredentials
  /// There is something after a `?` that is not known there.
  case unknownParameter
  /// There is a `#`.
  case fragment

  /// What is allowed instead.
  package var description: String {
    switch self {
    case .unknownScheme:
      "must begin with redis://, redis+cluster:// or redis+sentinel:// (or rediss for TLS), or unix:"
    case .badHostOrPort:
      "needs a host and perhaps a port from 1 to 65535, as in redis://host:6379 or redis://[::1]:6379"
        + ", or several with commas between them for a cluster or sentinels"
        + " (in a password, / is written %2F and @ is written %40)"
    case .databaseOfCluster: "must not name a database: a cluster has only 0"
    case .noMasterName:
      "needs the name of the master that the sentinels watch, as in redis+sentinel://a,b,c/name"
    case .badPath: "needs an absolute path of at most 107 bytes, as in unix:/run/redis.sock"
    case .badDatabase: "the database must be a number, as in redis://host/0 or unix:/path?db=0"
    case .noPassword: "needs user:password or :password before the @"
    case .badCredentials:
      "user and password must be percent-encoded UTF-8 (a % itself is written %25)"
    case .unknownParameter:
      "only unix: takes a parameter, ?db=, and no other (in a password, ? is written %3F)"
    case .fragment: "must not contain # (in a password it is written %23)"
    }
  }
}

extension StringProtocol {
  /// What follows `scheme`, in whatever case that is written; nil if it does not come first.
  func dropping(scheme: String) -> Substring? {
    let head = prefix(scheme.count)
    guard head.lowercased() == scheme else { return nil }
    return Substring(self[head.endIndex...])
  }
}

/// Decodes `%XX`; nil if a `%` lacks its two digits or the bytes are not UTF-8.
func percentDecoded(_ text: Substring) -> String? {
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard let high = rest.popFirst().flatMap(hexadecimalValue),
      let low = rest.popFirst().flatMap(hexadecimalValue)
    else { return nil }
    bytes.append(high << 4 | low)
  }
  return String(validating: bytes, as: UTF8.self)
}

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
  Character(Unicode.Scalar(digit)).hexDigitValue.map(UInt8.init)
}
