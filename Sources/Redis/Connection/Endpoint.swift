import Locking
import Loop

/// One Redis: where it is, who we are, and which of its databases we use.
package struct Endpoint: Equatable, Sendable, CustomStringConvertible {
  /// Where it listens.
  package var address: SocketAddress
  /// The user and password to log in with; nil where the server asks for none.
  package var credentials: Credentials?
  /// The number of the database; a cluster has only 0.
  package var database: Int
  /// How connections are encrypted; nil: they are not. The nodes of a cluster share one.
  package var tls: TLSContext?

  /// A Redis at `address`.
  package init(
    address: SocketAddress, credentials: Credentials? = nil, database: Int = 0,
    tls: TLSContext? = nil
  ) {
    self.address = address
    self.credentials = credentials
    self.database = database
    self.tls = tls
  }

  /// The endpoint for people's eyes: no password, and no user either.
  package var description: String {
    database == 0 ? "\(address)" : "\(address) database \(database)"
  }

  /// The same at another address.
  func at(_ address: SocketAddress) -> Endpoint {
    var endpoint = self
    endpoint.address = address
    return endpoint
  }
}

/// A user's name and password. Printing it prints no password.
///
/// Every endpoint that has a copy of the reference shares the password, on whatever thread.
package final class Credentials: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
  /// The ACL user; nil is Redis' `default` user.
  package let user: String?

  private let secret: Lock<String>

  /// Credentials for `AUTH`.
  package init(user: String? = nil, password: String) {
    self.user = user
    secret = Lock(password)
  }

  /// The secret that connections log in with from now on.
  package var password: String { secret.withLock { $0 } }

  /// Lets connections log in with `password` from now on; those that are there stay.
  package func renew(password: String) {
    secret.withLock { $0 = password }
  }

  /// Whether both name the same user, and at this moment the same password.
  package static func == (left: Credentials, right: Credentials) -> Bool {
    left === right || left.user == right.user && left.password == right.password
  }

  /// The user, and no password.
  package var description: String { "\(user ?? "default"):***" }

  /// What `dump` and the debugger show.
  package var customMirror: Mirror { Mirror(self, children: ["user": user ?? "default"]) }
}
