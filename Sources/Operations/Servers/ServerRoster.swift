import Loop
import Queue

/// Whose statistics are read: the servers that Redis consists of, and for some time those that it
/// no longer does.
///
/// A cluster stops naming a node as soon as it is dead and replaced, and that is just when an
/// operator should hear of it: it stays, and is down, long enough for an alert. A node that was
/// taken away on purpose is forgotten after that.
struct ServerRoster {
  /// How long a server stays that is no longer named.
  static let patience = Duration.seconds(300)
  /// The most servers that are watched while they are named: those of a larger Redis have no series.
  static let namedLimit = 500
  /// The most that are watched though they are no longer named.
  static let absentLimit = 100

  private enum Presence: Equatable {
    case named
    case absent(since: Instant)
  }

  private var servers: [SocketAddress: Presence] = [:]

  /// Takes the servers that are named now, the first ``namedLimit`` of them; returns those that are new.
  mutating func adopt(_ named: [SocketAddress], at now: Instant) -> Set<SocketAddress> {
    let named = Set(named.prefix(Self.namedLimit))
    for (server, presence) in servers where presence == .named && !named.contains(server) {
      servers[server] = .absent(since: now)
    }
    let new = named.subtracting(servers.keys)
    for server in named { servers[server] = .named }
    return new
  }

  /// Whether there are some that are no longer named.
  var hasAbsent: Bool { servers.values.contains { $0 != .named } }

  /// Forgets those that were not named for too long, or for longest where there are too many, and
  /// returns them.
  mutating func strike(at now: Instant) -> Set<SocketAddress> {
    let absent = servers.compactMap { server, presence in
      if case .absent(let since) = presence { (server: server, since: since) } else { nil }
    }
    let latest = absent.sorted { $0.since > $1.since }.prefix(Self.absentLimit)
    let stay = Set(latest.filter { now < $0.since + Self.patience }.map(\.server))
    let gone = Set(absent.map(\.server)).subtracting(stay)
    for server in gone { servers[server] = nil }
    return gone
  }
}
