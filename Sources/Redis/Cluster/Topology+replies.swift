import Loop

extension Topology {
  /// What `CLUSTER SLOTS` says, if it is that and at least one slot is served. `asked` is the node
  /// that said it: a node without a name of its own is on the same host.
  ///
  /// Source: <https://redis.io/docs/latest/commands/cluster-slots/>.
  init?(clusterSlots reply: Reply, asked: SocketAddress) {
    guard reply.kind == .array, reply.count > 0 else { return nil }
    var ranges: [Range] = []
    var replicas: [SocketAddress] = []
    for range in reply.elements {
      let entry = range.elements
      guard entry.count >= 3, let first = Self.slot(entry[0]), let last = Self.slot(entry[1]),
        first <= last, let master = Self.address(entry[2], asked: asked)
      else { return nil }
      ranges.append(Range(slots: first...last, master: master))
      replicas += entry[3...].compactMap { Self.address($0, asked: asked) }
    }
    self.init(ranges, replicas: replicas)
  }

  /// What `ROLE` says of the server at `address`; nil if it is no master.
  ///
  /// Source: <https://redis.io/docs/latest/commands/role/>.
  init?(role reply: Reply, of address: SocketAddress) {
    guard reply.count >= 3, reply[0].isText("master") else { return nil }
    self.init(
      single: address,
      replicas: reply[2].elements.compactMap { replica in
        guard replica.count >= 2, let host = replica[0].text, !host.isEmpty,
          let port = Self.port(replica[1])
        else { return nil }
        return .tcp(host: host, port: port)
      })
  }

  private static func slot(_ reply: Reply) -> UInt16? {
    reply.integer.flatMap { (0..<Int64(Slot.count)).contains($0) ? UInt16($0) : nil }
  }

  /// A TCP port; nil if the reply is none.
  static func port(_ reply: Reply) -> UInt16? {
    reply.integer.flatMap { UInt16(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// `[host, port, id, [name, value, …]]`; the host is null where clients should know it already,
  /// and empty or `?` where the node itself does not. Then it may have been given as something
  /// else.
  private static func address(_ node: Reply, asked: SocketAddress) -> SocketAddress? {
    guard node.count >= 2, let port = port(node[1]) else { return nil }
    if let host = node[0].text, isKnown(host) { return .tcp(host: host, port: port) }
    let others = node.count > 3 ? node[3] : nil
    for index in stride(from: 1, to: others?.count ?? 0, by: 2) {
      if let host = others?[index].text, isKnown(host) { return .tcp(host: host, port: port) }
    }
    return asked.onSameHost(port: port)
  }

  /// Whether a host that was announced is one.
  static func isKnown(_ host: String) -> Bool { !host.isEmpty && host != "?" }
}

extension SocketAddress {
  /// Another port of the same host; nil for a Unix socket.
  func onSameHost(port: UInt16) -> SocketAddress? {
    if case .tcp(let host, _) = self { .tcp(host: host, port: port) } else { nil }
  }
}
