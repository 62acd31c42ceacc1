/// Why PostgreSQL did not do what it was asked.
enum PostgresFailure: Error, Equatable, CustomStringConvertible {
  /// There was no connection: nothing was sent. The sentence is libpq's.
  case unavailable(String)
  /// All connections were busy for as long as a query may wait.
  case poolExhausted
  /// The connection ended, or took too long, before the answer: it may have happened.
  case lost(String)
  /// PostgreSQL refused it and has changed nothing: the SQLSTATE and what it said.
  case server(state: String, message: String)

  var description: String {
    switch self {
    case .unavailable(let reason): "cannot connect: \(reason)"
    case .poolExhausted: "all connections are busy"
    case .lost(let reason): "the connection was lost: \(reason)"
    case .server(let state, let message): "\(message) (SQLSTATE \(state))"
    }
  }

  /// Whether the rows themselves are at fault, so that they will never be taken as they are: data
  /// exceptions, violated constraints, limits of size, and what a trigger raises.
  ///
  /// Source: PostgreSQL's documentation, appendix A.
  var isForGood: Bool {
    guard case .server(let state, _) = self else { return false }
    return ["22", "23", "54"].contains(state.prefix(2)) || state == "P0001"
  }

  /// What an operator can do about it; nil if there is nothing but to wait.
  var advice: String? {
    switch self {
    case .poolExhausted: "raise --pool-max, or see why PostgreSQL is slow"
    case .lost: nil
    case .server(let state, _): Self.advice(forState: state)
    case .unavailable(let reason):
      Self.adviceByWords.first { reason.contains($0.words) }?.advice
    }
  }

  private static func advice(forState state: String) -> String? {
    switch state {
    case "42P01", "42703", "3F000", "42P10":
      "the tables are not as usher-relay knows them: usher-relay schema | psql DATABASE"
    case "42501": "grant INSERT, SELECT, UPDATE and DELETE on the usher_ tables to this role"
    case "53100": "the disk of PostgreSQL is full: make room; nothing is lost meanwhile"
    case "53300": "raise max_connections of PostgreSQL, or lower --pool-max"
    case "25006": "this server only reads: name the primary, or add target_session_attrs=read-write"
    default: nil
    }
  }

  private static let adviceByWords: [(words: String, advice: String)] = [
    ("password", "check user and password of --to; PGPASSFILE names a file with passwords"),
    ("could not translate host name", "check the host name in --to"),
    ("pg_hba.conf", "let this host and role in, in pg_hba.conf"),
    ("SSL", "check sslmode, sslrootcert and the server's certificate"),
    ("certificate", "check sslmode, sslrootcert and the server's certificate"),
    ("database \"", "create the database, then: usher-relay schema | psql DATABASE"),
    ("role \"", "create the role that --to names"),
    ("Connection refused", "check host and port in --to, and whether PostgreSQL runs there"),
    ("No such file", "check host and port in --to, and whether PostgreSQL runs there"),
    ("too many clients", "raise max_connections of PostgreSQL, or lower --pool-max"),
  ]
}
