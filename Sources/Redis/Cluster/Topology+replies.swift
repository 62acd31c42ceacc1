import Loop

extension Topology {
  /// What `CLUSTER SLOTS` says, if it is that and at least one slot is served. `asked` is the node
  /// that said it: a node without a name of its own is on the same host. A replica whose host is none
  /// is passed over: no command goes there.
  ///
  /// Source: <https://redis.io/docs/latest/commands/cluster-slots/>.
  init?(clusterSlots reply: Reply, asked: SocketAddress) throws(TopologyViolation) {
    guard reply.kind == .array, reply.count > 0 else { return nil }
    var ranges: [Range] = []
    var replicas: Set<SocketAddress> = []
    var masters: Set<SocketAddress> = []
    var slots = 0
    for range in reply.elements {
      let entry = range.elements
      guard entry.count >= 3, let first = Self.slot(entry[0]), let last = Self.slot(entry[1]),
        first <= last, let master = try Self.address(entry[2], asked: asked)
      else { return nil }
      slots += Int(last - first) + 1
      // No slot has two masters, and a reply that says so for each could take seconds to read.
      guard slots <= Slot.count else { throw .slotTwice }
      ranges.append(Range(slots: first...last, master: master))
      masters.insert(master)
      for replica in entry[3...] {
        if let address = try? Self.address(replica, asked: asked) { replicas.insert(address) }
        guard masters.count + replicas.count <= Self.nodeLimit else { throw .tooManyNodes }
      }
      guard masters.count + replicas.count <= Self.nodeLimit else { throw .tooManyNodes }
    }
    self.init(ranges, replicas: replicas)
  }

  /// What `ROLE` says of the server at `address`; nil if it is no master. A replica whose host is none
  /// is passed over.
  ///
  /// Source: <https://redis.io/docs/latest/commands/role/>.
  init?(role reply: Reply, of address: SocketAddress) throws(TopologyViolation) {
    guard reply.count >= 3, reply[0].isText("master") else { return nil }
    var replicas: Set<SocketAddress> = []
    for replica in reply[2].elements {
      guard replica.count >= 2, case .host(let host)? = replica[0].text.map(AnnouncedHost.init),
        let port = Self.port(replica[1])
      else { continue }
      replicas.insert(.tcp(host: host, port: port))
      guard replicas.count < Self.nodeLimit else { throw .tooManyNodes }
    }
    self.init(single: address, replicas: replicas)
  }

  /// What a sentinel says of the address of a master, `[host, port]`; nil if it knows none.
  static func masterAddress(_ reply: Reply) throws(TopologyViolation) -> SocketAddress? {
    guard reply.count == 2, let host = reply[0].text, let port = port(reply[1]) else { return nil }
    return switch AnnouncedHost(host) {
    case .host(let host): .tcp(host: host, port: port)
    case .unknown: nil
    case .none: throw .noHost
    }
  }

  private static func slot(_ reply: Reply) -> UInt16? {
    reply.integer.flatMap { (0..<Int64(Slot.count)).contains($0) ? UInt16($0) : nil }
  }

  /// A TCP port; nil if the reply is none.
  private static func port(_ reply: Reply) -> UInt16? {
    reply.integer.flatMap { UInt16(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// `[host, port, id, [name, value, …]]`; the host is null where clients should know it already,
  /// and empty or `?` where the node itself does not. Then it may have been given as something
  /// else.
  private static func address(
    _ node: Reply, asked: SocketAddress
  ) throws(TopologyViolation) -> SocketAddress? {
    guard node.count >= 2, let port = port(node[1]) else { return nil }
    var texts = [node[0].text]
    if node.count > 3 {
      let others = node[3].elements
      texts += stride(from: 1, to: others.count, by: 2).map { others[$0].text }
    }
    for text in texts {
      switch AnnouncedHost(text ?? "") {
      case .host(let host): return .tcp(host: host, port: port)
      case .unknown: continue
      case .none: throw .noHost
      }
    }
    return asked.onSameHost(port: port)
  }
}

extension SocketAddress {
  /// Another port of the same host; nil for a Unix socket.
  func onSameHost(port: UInt16) -> SocketAddress? {
    if case .tcp(let host, _) = self { .tcp(host: host, port: port) } else { nil }
  }
}
