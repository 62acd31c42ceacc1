import Loop

/// One Redis: where it is, who we are, and which of its databases we use.
public struct Endpoint: Equatable, Sendable, CustomStringConvertible {
  /// Where it listens.
  public var address: SocketAddress
  /// Who we are; nil where nobody asks.
  public var credentials: Credentials?
  /// The number of the database; a cluster has only 0.
  public var database: Int
  /// How connections are encrypted; nil: they are not. The nodes of a cluster share one.
  public var tls: TLSContext?

  /// A Redis at `address`.
  public init(
    address: SocketAddress, credentials: Credentials? = nil, database: Int = 0,
    tls: TLSContext? = nil
  ) {
    self.address = address
    self.credentials = credentials
    self.database = database
    self.tls = tls
  }

  /// The endpoint for people's eyes: no password, and no user either.
  public var description: String {
    database == 0 ? "\(address)" : "\(address) database \(database)"
  }
}

/// A user's name and password. Whatever prints it prints no password.
public struct Credentials: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
  /// The ACL user; nil is Redis' `default` user.
  public let user: String?
  /// The secret.
  public let password: String

  /// Credentials for `AUTH`.
  public init(user: String? = nil, password: String) {
    self.user = user
    self.password = password
  }

  /// The user, and no password.
  public var description: String { "\(user ?? "default"):***" }

  /// What `dump` and the debugger show.
  public var customMirror: Mirror { Mirror(self, children: ["user": user ?? "default"]) }
}
