import Loop

/// The nodes that one client deals with, and which of them serves each slot: first as a topology
/// has it, then as the nodes themselves correct it.
///
/// Belongs to its loop's thread. To be closed before it goes.
final class NodeTable {
  private let loop: Loop
  private let make: (SocketAddress) -> RedisNode

  private var topology: Topology?
  private var nodes: [SocketAddress: RedisNode] = [:]
  /// The node of every slot where one serves all.
  private var single: RedisNode?
  /// The node of each slot otherwise; nil where none is known to serve it, or its master has not been
  /// needed yet.
  private var slots: [RedisNode?] = []
  /// Which master gets the next command without a key.
  private var turn = 0
  /// The nodes that redirections alone have named.
  private var strays: Set<SocketAddress> = []
  private var lookIsScheduled = false
  private var renewedAt: Instant?
  private(set) var isClosed = false

  /// A table without nodes; `make` makes one that is needed.
  init(loop: Loop, make: @escaping (SocketAddress) -> RedisNode) {
    self.loop = loop
    self.make = make
  }

  /// Up to so many masters are connected to before there is a command for them, and take the commands
  /// without a key.
  static let warmLimit = 64

  /// The masters of the topology; none before the first.
  var masters: [SocketAddress] { topology?.masters ?? [] }

  /// All nodes.
  var all: some Collection<RedisNode> { nodes.values }

  /// The node that serves a command: any master, in turn, if it has no key; nil if none is known.
  func node(for command: Command) -> RedisNode? {
    if let single { return single }
    guard let slot = command.slot else { return nextMaster }
    if slots.isEmpty { return nil }
    if let node = slots[Int(slot)] { return node }
    guard let master = topology?.master(of: slot) else { return nil }
    let node = node(at: master)
    slots[Int(slot)] = node
    return node
  }

  private var nextMaster: RedisNode? {
    let masters = masters
    if masters.isEmpty { return nil }
    turn = (turn + 1) % min(masters.count, Self.warmLimit)
    return node(at: masters[turn])
  }

  /// Goes by `topology` from now on: connects to masters that are new, unless there are very many, and
  /// lets go of what is gone.
  func adopt(_ topology: Topology) {
    if isClosed { return }
    self.topology = topology
    strays.subtract(topology.masters)
    let isWarm = topology.masters.count <= Self.warmLimit
    let masters = topology.masters.map { isWarm ? node(at: $0) : nodes[$0] }
    single = topology.isSingle ? masters[0] : nil
    slots = topology.owners.map { $0 == Topology.unserved ? nil : masters[Int($0)] }
    letGo()
  }

  private func node(at address: SocketAddress) -> RedisNode {
    if let node = nodes[address] { return node }
    let node = make(address)
    nodes[address] = node
    return node
  }

  /// Up to so many nodes are known by redirections alone: each has connections, and ever new ones would
  /// come to more of them than there can be.
  static let strayLimit = 32

  /// The node that a redirection named, whether or not it serves a slot yet; nil if there are too many
  /// that no topology has named. Not after ``close(draining:_:)``.
  func node(redirectedTo address: SocketAddress) -> RedisNode? {
    if nodes[address] == nil, !(topology?.masters.contains(address) ?? false) {
      guard strays.count < Self.strayLimit else { return nil }
      strays.insert(address)
    }
    return node(named: address)
  }

  /// The node that a caller named, whether or not it serves a slot yet. Not after
  /// ``close(draining:_:)``.
  func node(named address: SocketAddress) -> RedisNode {
    let node = node(at: address)
    node.lastNamed = loop.now
    scheduleLook()
    return node
  }

  /// A node said that `slot` is served by `node`.
  func moved(_ slot: UInt16, to node: RedisNode) {
    if !slots.isEmpty { slots[Int(slot)] = node }
  }

  /// A node has become a replica. Where it is known by a name, that may lead to the new master by
  /// now, but its connections never will: they are drained, and new ones made, at most once a
  /// second.
  func renew(_ node: RedisNode) {
    let address = node.endpoint.address
    if let renewedAt, loop.now < renewedAt + .seconds(1) { return }
    guard !isClosed, nodes[address] === node else { return }
    renewedAt = loop.now
    nodes[address] = nil
    let new = self.node(at: address)
    new.lastNamed = node.lastNamed
    if single === node { single = new }
    for slot in slots.indices where slots[slot] === node { slots[slot] = new }
    node.close(draining: true)
  }

  /// Ends all nodes; see ``Pool/close(draining:_:)``.
  func close(draining: Bool, _ closed: @escaping () -> Void) {
    isClosed = true
    var open = nodes.count
    if open == 0 { loop.defer(to: .answer, closed) }
    for node in nodes.values {
      node.close(draining: draining) {
        open -= 1
        if open == 0 { closed() }
      }
    }
    nodes = [:]
    slots = []
    single = nil
    topology = nil
  }

  // MARK: - Nodes that are gone

  /// How long a node that serves no slot is kept after it was named: while a slot moves, other
  /// nodes name its new master before any topology does.
  private static let keptWhenNamed = Duration.seconds(10)

  /// Drains and closes the nodes that neither the topology nor a redirection names any more.
  private func letGo() {
    let masters = Set(masters)
    if masters.isEmpty { return }
    var gone: Set<ObjectIdentifier> = []
    for (address, node) in nodes where !masters.contains(address) {
      if let named = node.lastNamed, loop.now < named + Self.keptWhenNamed {
        scheduleLook()
        continue
      }
      nodes[address] = nil
      strays.remove(address)
      gone.insert(ObjectIdentifier(node))
      node.close(draining: true)
    }
    if gone.isEmpty { return }
    for slot in slots.indices {
      if let node = slots[slot], gone.contains(ObjectIdentifier(node)) { slots[slot] = nil }
    }
  }

  private func scheduleLook() {
    if lookIsScheduled { return }
    lookIsScheduled = true
    loop.schedule(after: Self.keptWhenNamed) { [weak self] in
      guard let self, !isClosed else { return }
      lookIsScheduled = false
      letGo()
    }
  }
}

@available(*, unavailable, message: "a NodeTable belongs to its loop's thread")
extension NodeTable: Sendable {}
