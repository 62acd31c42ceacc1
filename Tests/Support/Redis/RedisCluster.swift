import Foundation

/// A Redis Cluster of a test's own: six `redis-server`s on loopback, three masters and a replica of
/// each. A node that is silent for 2 s has failed.
///
/// Nothing is on disk but who belongs to the cluster: a node that starts again is empty. All ends
/// with this object. Any thread may use it.
package final class RedisCluster: Sendable {
  /// One of them.
  package struct Node: Sendable {
    /// Its process; reached by its Unix socket, without TLS, as the user who may do everything.
    package let server: RedisServer
    /// By which it is known in the cluster.
    package let id: String
    /// Where it serves clients, and the others find it.
    package let port: UInt16

    /// As usher's metrics and settings write it.
    package var name: String { "127.0.0.1:\(port)" }
  }

  /// All six: first those that begin as masters, then, in the same order, their replicas.
  package let nodes: [Node]
  let encryption: RedisEncryption?
  let users: RedisUsers?

  /// How many slots a cluster has.
  package static let slots = 16_384
  static let masters = 3

  /// Starts the nodes, and waits until they serve every slot and every replica follows its master.
  ///
  /// - Parameters:
  ///   - arguments: More of redis-server's own; they win.
  ///   - encryption: With it, clients and the nodes among themselves speak TLS alone.
  ///   - users: With them, each client must log in as one of them.
  package init(
    _ arguments: [String] = [], encryption: RedisEncryption? = nil, users: RedisUsers? = nil
  ) throws {
    self.encryption = encryption
    self.users = users
    let plan = try Plan()
    nodes = try parallel(plan.members.count) { number in
      let member = plan.members[number]
      let directory = try TemporaryDirectory()
      try plan.configuration(of: number)
        .write(toFile: directory.path(of: "nodes.conf"), atomically: true, encoding: .utf8)
      let server = try RedisServer(
        Self.arguments + ["--cluster-port", "\(member.busPort)"]
          + (encryption?.serverArguments(port: member.port) ?? [])
          + (users?.serverArguments ?? []) + arguments,
        tcp: .tcp(port: member.port), in: directory, login: users?.login("admin"))
      return Node(server: server, id: member.id, port: member.port)
    }
    try awaitWhole()
  }

  private static let arguments = [
    "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--appendonly", "no",
    "--cluster-allow-replica-migration", "no", "--repl-diskless-sync-delay", "0",
    "--repl-ping-replica-period", "1", "--enable-debug-command", "local",
  ]

  /// How usher gets there, by three of the nodes.
  package var url: String {
    let scheme = encryption == nil ? "redis+cluster" : "rediss+cluster"
    return "\(scheme)://\(nodes.prefix(Self.masters).map(\.name).joined(separator: ","))"
  }

  /// What usher needs to get there.
  package var usherFlags: [String] {
    ["--redis-url", url] + (encryption?.usherFlags ?? []) + (users?.usherFlags ?? [])
  }

  /// The nodes whose processes run and are not halted.
  package var running: [Node] { nodes.filter(\.server.isRunning) }

  /// Sends a command to the node that serves its key, whatever that is, or to any if it has none,
  /// and waits for the reply.
  @discardableResult
  package func send(_ command: [String]) throws -> RedisReply {
    guard var node = running.first else { throw TestFailure("no node runs") }
    for _ in 0..<5 {
      let connection = try node.server.connect()
      let reply = try connection.send(command)
      guard case .error(let message) = reply,
        message.hasPrefix("MOVED ") || message.hasPrefix("ASK ")
      else { return reply }
      guard let next = self.node(of: message) else {
        throw TestFailure("no node is there: \(message)")
      }
      if message.hasPrefix("ASK ") {
        return try next.server.connect().send(pipeline: [["ASKING"], command])[1]
      }
      node = next
    }
    throw TestFailure("redirected for ever: \(command)")
  }

  /// The node that a redirection means. Who asks at the Unix socket is told by Redis 8 of no port for TLS.
  private func node(of redirection: String) -> Node? {
    let words = redirection.split(separator: " ")
    guard words.count == 3, let slot = Int(words[1]) else { return nil }
    let named = nodes.first { words[2].hasSuffix(":\($0.port)") }
    return named ?? (words[0] == "MOVED" && words[2].hasSuffix(":0") ? owner(ofSlot: slot) : nil)
  }

  /// What a node knows of the cluster.
  package func view(of node: Node) throws -> ClusterView {
    ClusterView(try node.server.send("CLUSTER", "NODES").text ?? "")
  }

  /// In which slot a key is.
  package func slot(of key: String) throws -> Int {
    Int(try running.first?.server.send("CLUSTER", "KEYSLOT", key).integer ?? -1)
  }

  /// The running node that serves a slot; nil if there is none.
  package func owner(ofSlot slot: Int) -> Node? {
    running.compactMap { node -> (node: Node, epoch: Int)? in
      guard let myself = try? view(of: node).myself, myself.isMaster,
        myself.slots.contains(where: { $0.contains(slot) })
      else { return nil }
      return (node, myself.epoch)
    }.max { $0.epoch < $1.epoch }?.node
  }

  /// The running node that serves a key; throws if there is none.
  package func owner(of key: String) throws -> Node {
    guard let node = owner(ofSlot: try slot(of: key)) else {
      throw TestFailure("no node serves \(key)")
    }
    return node
  }

  /// The running nodes that are masters, by what they say themselves, in the order of ``nodes``.
  package func masters() throws -> [Node] {
    try running.filter { try view(of: $0).myself?.isMaster == true }
  }

  /// The running replicas of a node.
  package func replicas(of master: Node) throws -> [Node] {
    try running.filter { try view(of: $0).myself?.master == master.id }
  }
}
