import Foundation

/// A master, its replica, and three sentinels of a test's own, who put the replica in the master's
/// place when that has been silent for 1 s.
///
/// Nothing is on disk. All ends with this object. Any thread may use it.
package final class RedisSentinels: Sendable {
  /// By which the sentinels know the master.
  package static let name = "line"
  /// The two servers; the first begins as the master.
  package let servers: [RedisServer]
  /// Those who watch.
  package let sentinels: [RedisServer]

  /// Starts them, and waits until the sentinels know each other and the replica.
  ///
  /// - Parameter password: What servers and sentinels want; nothing if nil.
  package init(password: String? = nil) throws {
    let login = password.map { RedisLogin(password: $0) }
    let secret = password.map { ["--requirepass", $0, "--masterauth", $0] } ?? []
    let ports = try (0..<2).map { _ in try LocalAddress.freePort() }
    let address = "\(ports[0])".split(separator: ":").map(String.init)
    servers = try ports.map { port in
      try RedisServer(
        ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"] + secret
          + (port == ports[0] ? [] : ["--replicaof"] + address),
        tcp: port, in: try TemporaryDirectory(), login: login)
    }
    let configuration = Self.configuration(
      master: address.joined(separator: " "), password: password)
    sentinels = try (0..<3).map { _ in
      let directory = try TemporaryDirectory()
      try configuration.write(
        toFile: directory.path(of: "sentinel.conf"), atomically: true, encoding: .utf8)
      return try RedisServer(
        ["--sentinel"], tcp: try LocalAddress.freePort(), in: directory, login: login,
        configuration: "sentinel.conf")
    }
    try awaitWhole()
  }

  private static func configuration(master address: String, password: String?) -> String {
    var lines = [
      "sentinel monitor \(name) \(address) 2",
      "sentinel down-after-milliseconds \(name) 1000",
      "sentinel failover-timeout \(name) 3000",
    ]
    if let password {
      lines += [
        "requirepass \"\(password)\"", "sentinel sentinel-pass \"\(password)\"",
        "sentinel auth-pass \(name) \"\(password)\"",
      ]
    }
    return lines.map { "\($0)\n" }.joined()
  }

  /// How usher gets to the master, by the sentinels.
  package var url: String {
    "redis+sentinel://\(sentinels.compactMap(\.tcp).map { "\($0)" }.joined(separator: ","))"
      + "/\(Self.name)"
  }

  /// The server that the running sentinels name as the master; nil if they do not agree on one that
  /// there is.
  package func master() throws -> RedisServer? {
    let ports = try sentinels.filter(\.isRunning).map {
      try $0.send("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self.name).texts.last ?? ""
    }
    guard Set(ports).count == 1, let port = ports.first else { return nil }
    return servers.first { $0.tcp == UInt16(port).map { .tcp(port: $0) } }
  }

  /// Waits until the sentinels know each other, and a replica that follows the master.
  package func awaitWhole(within limit: Duration = .seconds(30)) throws {
    try eventually("the sentinels know all servers", within: limit) {
      try sentinels.allSatisfy { sentinel in
        let words = try sentinel.send("SENTINEL", "MASTER", Self.name).texts
        func value(_ name: String) -> String? {
          words.firstIndex(of: name).map { words[$0 + 1] }
        }
        return value("flags") == "master" && value("num-slaves") == "1"
          && value("num-other-sentinels") == "2"
      }
    }
    // A server that is made a replica closes its clients' connections, also the one that asks here.
    try eventually("the replica follows", within: limit) {
      servers.count {
        (try? $0.send("INFO", "replication"))?.text?.contains("master_link_status:up") == true
      } == servers.count - 1
    }
  }
}
