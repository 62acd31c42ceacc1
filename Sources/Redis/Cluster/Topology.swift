import Loop

/// Which servers a Redis consists of, and which of them serves what: all that a client must know to
/// send a command to the right one.
///
/// One server, or the master that sentinels name, serves everything; in a cluster each master
/// serves some of the 16,384 slots.
package struct Topology: Equatable, Sendable {
  /// What a node does.
  package enum Role: Hashable, Sendable {
    /// It takes commands.
    case master
    /// It copies a master, to take its place one day.
    case replica
  }

  /// One server.
  package struct Node: Hashable, Sendable {
    /// Where it listens, as it is announced to clients.
    package let address: SocketAddress
    /// What it does.
    package let role: Role

    /// A server and its role.
    package init(_ address: SocketAddress, _ role: Role) {
      self.address = address
      self.role = role
    }
  }

  /// Slots that one master serves, without a gap between them.
  struct Range: Equatable {
    let slots: ClosedRange<UInt16>
    let master: SocketAddress
  }

  /// All servers that are known, each once: masters first, each kind in the order of their
  /// addresses.
  package let nodes: [Node]
  /// The servers that take commands.
  package let masters: [SocketAddress]
  /// For each slot the place of its master among the masters, or ``unserved``. Empty: one serves all.
  let owners: [UInt16]

  /// The most servers that are taken for one Redis: twice as many as a Redis Cluster is made for.
  ///
  /// Source: the Redis cluster specification, "scalability up to 1000 nodes".
  static let nodeLimit = 2000

  /// Stands for a slot without a master.
  static let unserved = UInt16.max

  /// One master that serves everything, and perhaps its replicas.
  package init(single address: SocketAddress, replicas: Set<SocketAddress> = []) {
    nodes = [Node(address, .master)] + Self.replicas(replicas, of: [address])
    masters = [address]
    owners = []
  }

  /// A cluster whose masters, at most ``nodeLimit``, serve these ranges.
  init(_ ranges: [Range], replicas: Set<SocketAddress>) {
    let masters = Set(ranges.map(\.master))
    precondition(masters.count <= Self.nodeLimit, "a reply with more is not taken")
    self.masters = masters.sorted(by: Self.isBefore)
    nodes =
      self.masters.map { Node($0, .master) } + Self.replicas(replicas, of: masters)
    var places: [SocketAddress: UInt16] = [:]
    for (place, master) in self.masters.enumerated() { places[master] = UInt16(place) }
    var owners = [UInt16](repeating: Self.unserved, count: Slot.count)
    for range in ranges {
      for slot in range.slots { owners[Int(slot)] = places[range.master] ?? Self.unserved }
    }
    self.owners = owners
  }

  /// The master that serves a slot; nil if none does at the moment.
  package func master(of slot: UInt16) -> SocketAddress? {
    guard !owners.isEmpty else { return masters[0] }
    let place = owners[Int(slot)]
    return place == Self.unserved ? nil : masters[Int(place)]
  }

  /// How many slots there are.
  package static let slotCount = Slot.count

  /// Whether one master serves everything, whatever the key.
  package var isSingle: Bool { owners.isEmpty }

  private static func replicas(
    _ replicas: Set<SocketAddress>, of masters: Set<SocketAddress>
  ) -> [Node] {
    replicas.subtracting(masters).sorted(by: isBefore).map { Node($0, .replica) }
  }

  private static func isBefore(_ left: SocketAddress, _ right: SocketAddress) -> Bool {
    "\(left)" < "\(right)"
  }
}
