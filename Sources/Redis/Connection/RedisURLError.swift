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
