import Glibc

/// The `redis-server` of this machine, and how it is started.
struct ServerProgram: Sendable {
  /// The program to run: `setpriv`, or the server itself.
  let path: String
  /// Whether the kernel ends the server when we are gone.
  let diesWithParent: Bool

  /// The `redis-check-aof` that comes with the server; nil if there is none.
  let checker: String?

  private let prefix: [String]

  /// Looks for the programs in the directories of `searchPath`, separated by colons; nil if there
  /// is no `redis-server`.
  init?(searchPath: String) {
    guard let server = Self.find("redis-server", in: searchPath) else { return nil }
    checker = Self.find("redis-check-aof", in: searchPath)
    if let setpriv = Self.find("setpriv", in: searchPath) {
      path = setpriv
      prefix = ["--pdeathsig", "TERM", server]
      diesWithParent = true
    } else {
      path = server
      prefix = []
      diesWithParent = false
    }
  }

  /// A server that only we can reach, that keeps every change, and that refuses writes rather than
  /// throwing a queue away when memory is short.
  ///
  /// Source: `redis.conf` of Redis 7.0.
  func arguments(directory: String) -> [String] {
    prefix + [
      "--port", "0",
      "--unixsocket", "\(directory)/redis.sock", "--unixsocketperm", "700",
      "--dir", directory,
      "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
      "--maxmemory-policy", "noeviction",
      "--daemonize", "no",
    ]
  }

  private static func find(_ name: String, in searchPath: String) -> String? {
    searchPath.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }
}
