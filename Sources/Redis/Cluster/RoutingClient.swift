import Loop

/// Sends each command to the node that serves its key, follows where nodes point, and tries again
/// what failed for a moment, all inside one deadline a command.
///
/// Which nodes there are it is told: see ``adopt(_:)``. Each master has a pool and a circuit
/// breaker of its own; those that a topology no longer names are drained and closed. Where nodes
/// contradict what it was told, or cannot be reached, it asks for a newer topology.
///
/// Belongs to its loop's thread. To be closed before it goes.
package final class RoutingClient: RedisClient {
  /// How many masters may be asked without being needed: of a cluster with more, clients connect to those
  /// alone that commands go to.
  package static var warmLimit: Int { NodeTable.warmLimit }

  /// How a client behaves.
  package struct Settings: Sendable {
    /// Limits and times, for each node.
    package var pool = PoolSettings()
    /// When to leave a node alone; nil: never.
    package var breaker: CircuitBreaker.Settings? = CircuitBreaker.Settings()

    /// The defaults.
    package init() {}

    /// How long a command may take, whatever comes between. A first attempt that is allowed more
    /// may take that, but is the only one then.
    var deadline: Duration { min(pool.wait + pool.timeout, .seconds(1)) }
  }

  /// Called when a newer topology may help, with the node that failed, if one did; not more often
  /// than every 100 ms.
  package var wantsTopology: (_ avoiding: SocketAddress?) -> Void = { _ in }
  /// Says why, when commands fail for want of a topology.
  package var reasonForSilence = "its nodes are not known yet"

  let loop: Loop
  let template: Endpoint
  let settings: Settings
  let observe: (RoutingEvent) -> Void

  let nodes: NodeTable
  var budget = RetryBudget()
  var migrating = MigratingSlots()
  private let trouble: Trouble

  /// A client that knows no node yet.
  ///
  /// - Parameters:
  ///   - loop: The loop that the client belongs to.
  ///   - resolver: Looks up names, for each connection anew.
  ///   - template: How nodes are spoken to; its address does not matter.
  ///   - settings: For each node.
  ///   - observe: Called with what is worth counting.
  ///   - observer: Makes the observer of a node.
  package init(
    loop: Loop, resolver: Resolver, template: Endpoint, settings: Settings,
    observe: @escaping (RoutingEvent) -> Void = { _ in },
    observer: @escaping (Endpoint) -> any NodeObserver
  ) {
    self.loop = loop
    self.template = template
    self.settings = settings
    self.observe = observe
    let trouble = Trouble()
    self.trouble = trouble
    nodes = NodeTable(loop: loop) { address in
      let endpoint = template.at(address)
      return RedisNode(
        endpoint, settings: settings, on: loop, resolver: resolver, observer: observer(endpoint),
        connectionFailed: { trouble.met(address) })
    }
    trouble.met = { [weak self] in self?.askForTopology(avoiding: $0) }
  }

  // MARK: - Nodes

  /// Goes by `topology` from now on: connects to masters that are new, and lets go of what is gone.
  package func adopt(_ topology: Topology) {
    migrating = MigratingSlots()
    nodes.adopt(topology)
  }

  /// The masters that it goes by; none before the first topology.
  package var masters: [SocketAddress] { nodes.masters }

  /// What metrics and messages call the node at `address`.
  package func name(of address: SocketAddress) -> String { "\(template.at(address))" }

  /// Redis answers another client: connections need not wait any longer before they are tried
  /// again.
  package func tryNow() {
    for node in nodes.all { node.pool.tryNow() }
  }

  /// Ends the client and its nodes; see ``Pool/close(draining:_:)``.
  package func close(draining: Bool = false, _ closed: @escaping () -> Void = {}) {
    nodes.close(draining: draining, closed)
    reasonForSilence = "the client is closed"
  }

  // MARK: - Commands

  /// Sends `command` to the node that serves its key, or to any master if it has none.
  package func send(
    _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    budget.commandBegan()
    let (began, beganWithoutLag) = (loop.now, loop.nowWithoutLag)
    if let pause = pause(for: command, at: began) {
      let retry = begin(command, at: began, completion)
      retry.reason = MigratingSlots.reason
      return sendAgain(retry, after: pause)
    }
    guard let node = nodes.node(for: command) else {
      return noNodeServes(begin(command, at: began, completion))
    }
    guard let permit = admit(to: node, at: began) else {
      return loop.defer(to: .answer) { completion(.failure(.circuitOpen)) }
    }
    // The usual end of every command: no more than this one closure is made for it.
    node.pool.send(command) { [self] result in
      node.breaker?.ended(permit, result, after: loop.nowWithoutLag - beganWithoutLag, at: loop.now)
      guard case .failure(let error) = result else {
        served(command)
        return completion(result)
      }
      failed(begin(command, at: began, completion), error, at: node)
    }
  }

  /// Sends `command` to the node at `address`, whatever that serves, and not a second time. Its
  /// key, if it has one, must live there.
  package func send(
    _ command: Command, to address: SocketAddress,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    guard !nodes.isClosed else {
      return loop.defer(to: .answer) { [self] in completion(.failure(noNode)) }
    }
    attempt(command, at: nodes.node(named: address), asking: false, completion)
  }

  /// Leave of the node's breaker for a command; nil if it is open.
  private func admit(to node: RedisNode, at now: Instant) -> CircuitBreaker.Permit? {
    guard let breaker = node.breaker else { return .always }
    if let permit = breaker.admit(at: now) { return permit }
    askForTopology(avoiding: node.endpoint.address)
    return nil
  }

  /// Sends `command` to `node` once, if its breaker lets it through.
  func attempt(
    _ command: Command, at node: RedisNode, asking: Bool,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    let beganWithoutLag = loop.nowWithoutLag
    guard let permit = admit(to: node, at: loop.now) else {
      return loop.defer(to: .answer) { completion(.failure(.circuitOpen)) }
    }
    node.pool.send(command, asking: asking) { [self] result in
      node.breaker?.ended(permit, result, after: loop.nowWithoutLag - beganWithoutLag, at: loop.now)
      completion(result)
    }
  }

  /// Why a command has no node to go to.
  var noNode: RedisError {
    .unavailable(masters.isEmpty ? reasonForSilence : "no node serves this part of the cluster")
  }

  /// Says that a newer topology may help; see ``wantsTopology``.
  func askForTopology(avoiding address: SocketAddress?) {
    if trouble.isNews(at: loop.now) { wantsTopology(address) }
  }
}

@available(*, unavailable, message: "a RoutingClient belongs to its loop's thread")
extension RoutingClient: Sendable {}

/// Failures that nodes report to the client, which does not exist yet when its table of nodes is
/// made.
private final class Trouble {
  var met: (SocketAddress) -> Void = { _ in }
  private var toldAt: Instant?

  /// Whether the last report was long enough ago for another.
  func isNews(at now: Instant) -> Bool {
    if let toldAt, now < toldAt + .milliseconds(100) { return false }
    toldAt = now
    return true
  }
}
