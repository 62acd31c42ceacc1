import Loop

/// What a Redis URL names: one server, a cluster, or a master that sentinels watch over; and how
/// all of their servers are spoken to.
package struct Deployment: Equatable, Sendable, CustomStringConvertible {
  /// How many servers there are, and how they are found.
  package enum Kind: Equatable, Sendable {
    /// One server.
    case single
    /// A Redis Cluster: the addresses are some of its nodes.
    case cluster
    /// The addresses are sentinels, which know the master by this name.
    case sentinel(master: String)
  }

  /// How many servers there are, and how they are found.
  package let kind: Kind
  /// Where to begin; at least one.
  package let addresses: [SocketAddress]
  /// The user and password to log in with; nil where the servers ask for none.
  package var credentials: Credentials?
  /// The number of the database; a cluster has only 0.
  package let database: Int
  /// How connections are encrypted; nil: they are not.
  package var tls: TLSContext?

  /// One server.
  package init(_ endpoint: Endpoint) {
    self.init(
      .single, [endpoint.address], endpoint.credentials, database: endpoint.database,
      tls: endpoint.tls)
  }

  init(
    _ kind: Kind, _ addresses: [SocketAddress], _ credentials: Credentials?, database: Int = 0,
    tls: TLSContext? = nil
  ) {
    precondition(!addresses.isEmpty, "a Redis is somewhere")
    self.kind = kind
    self.addresses = addresses
    self.credentials = credentials
    self.database = database
    self.tls = tls
  }

  /// How each server is spoken to; the address is the first one's.
  package var endpoint: Endpoint {
    Endpoint(address: addresses[0], credentials: credentials, database: database, tls: tls)
  }

  /// The topology, where it cannot change; nil where it must be asked for.
  package var fixedTopology: Topology? { kind == .single ? Topology(single: addresses[0]) : nil }

  /// For people's eyes: no password, and no user either.
  package var description: String {
    let list = addresses.map { "\($0)" }.joined(separator: ",")
    return switch kind {
    case .single: "\(endpoint)"
    case .cluster: "the cluster of \(list)"
    case .sentinel(let master):
      "the master \(master) of the sentinels \(list)"
        + (database == 0 ? "" : ", database \(database)")
    }
  }
}
