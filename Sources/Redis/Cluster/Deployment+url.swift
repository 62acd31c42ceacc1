import Loop

extension Deployment {
  /// Parses what ``Endpoint/init(url:)`` takes, and besides
  /// `redis+cluster://[[user]:password@]host[:port],…` and
  /// `redis+sentinel://[[user]:password@]host[:port],…/name[/database]`.
  ///
  /// The port is 6379, or 26379 of a sentinel, unless it is given. User and password are those of
  /// the servers; sentinels are asked without them first, then with them. `rediss+cluster://` and
  /// `rediss+sentinel://` are the same over TLS, with ``TLSSettings`` as they are by default.
  ///
  /// Errors quote nothing of `url`: a password with an unescaped `/` could stand anywhere in it.
  package init(url: String) throws(RedisURLError) {
    if let rest = url.dropping(scheme: "redis+cluster://") {
      try self.init(cluster: rest)
    } else if let rest = url.dropping(scheme: "rediss+cluster://") {
      try self.init(cluster: rest)
      tls = TLSContext()
    } else if let rest = url.dropping(scheme: "redis+sentinel://") {
      try self.init(sentinels: rest)
    } else if let rest = url.dropping(scheme: "rediss+sentinel://") {
      try self.init(sentinels: rest)
      tls = TLSContext()
    } else {
      self.init(try Endpoint(url: url))
    }
  }

  /// `[[user]:password@]host[:port],…`
  private init(cluster text: Substring) throws(RedisURLError) {
    let (hosts, path) = try Self.split(text)
    guard path.isEmpty || path == ["0"] else { throw .databaseOfCluster }
    let (credentials, list) = try Endpoint.credentials(before: hosts)
    self.init(.cluster, try Self.addresses(list, port: 6379), credentials)
  }

  /// `[[user]:password@]host[:port],…/name[/database]`
  private init(sentinels text: Substring) throws(RedisURLError) {
    let (hosts, path) = try Self.split(text)
    guard let first = path.first, let name = first.percentDecoded, !name.isEmpty, path.count <= 2
    else { throw .noMasterName }
    let (credentials, list) = try Endpoint.credentials(before: hosts)
    self.init(
      .sentinel(master: name), try Self.addresses(list, port: 26379), credentials,
      database: path.count == 2 ? try Endpoint.database(path[1]) : 0)
  }

  /// Splits what stands before the first `/` from what stands between the others.
  private static func split(
    _ text: Substring
  ) throws(RedisURLError) -> (hosts: Substring, path: [Substring]) {
    if text.contains("#") { throw .fragment }
    if text.contains("?") { throw .unknownParameter }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    // A slash at the end says nothing.
    let path = parts.dropFirst()
    return (parts[0], Array(path.last == "" ? path.dropLast() : path))
  }

  private static func addresses(
    _ list: Substring, port: UInt16
  ) throws(RedisURLError) -> [SocketAddress] {
    var addresses: [SocketAddress] = []
    for host in list.split(separator: ",", omittingEmptySubsequences: false) {
      let address = try Endpoint.tcpAddress(host, port: port)
      if !addresses.contains(address) { addresses.append(address) }
    }
    return addresses
  }
}
