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

  private enum Presence: Equatable {
    case named
    case absent(since: Instant)
  }

  private var servers: [SocketAddress: Presence] = [:]

  /// Takes the servers that are named now; returns those that are new.
  mutating func adopt(_ named: Set<SocketAddress>, at now: Instant) -> Set<SocketAddress> {
    for (server, presence) in servers where presence == .named && !named.contains(server) {
      servers[server] = .absent(since: now)
    }
    let new = named.subtracting(servers.keys)
    for server in named { servers[server] = .named }
    return new
  }

  /// Whether there are some that are no longer named.
  var hasAbsent: Bool { servers.values.contains { $0 != .named } }

  /// Forgets those that were not named for too long, and returns them.
  mutating func strike(at now: Instant) -> Set<SocketAddress> {
    let gone = servers.filter { _, presence in
      if case .absent(let since) = presence { since + Self.patience <= now } else { false }
    }
    for server in gone.keys { servers[server] = nil }
    return Set(gone.keys)
  }
}
