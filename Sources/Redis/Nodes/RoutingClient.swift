import Loop

/// Sends each command to the node that serves its key, follows where nodes point, and tries again what
/// failed for a moment, all inside one deadline a command.
///
/// Which nodes there are it is told: see ``adopt(_:)``. Each master has a pool and a circuit breaker of
/// its own; those that a topology no longer names are drained and closed. Where nodes contradict what it
/// was told, or cannot be reached, it asks for a newer topology.
///
/// Belongs to its loop's thread. To be closed before it goes.
package final class RoutingClient: RedisClient {
  /// How a client behaves.
  package struct Settings: Sendable {
    /// Limits and times, for each node.
    package var pool = PoolSettings()
    /// When to leave a node alone; nil: never.
    package var breaker: CircuitBreaker.Settings? = CircuitBreaker.Settings()

    /// The defaults.
    package init() {}

    /// How long a command may take, whatever comes between. A first attempt that is allowed more may
    /// take that, but is the only one then.
    var deadline: Duration { min(pool.wait + pool.timeout, .seconds(1)) }
  }

  /// Called when a newer topology may help, with the node that failed, if one did; not more often than
  /// every 100 ms.
  package var wantsTopology: (_ avoiding: SocketAddress?) -> Void = { _ in }
  /// Says why, when commands fail for want of a topology.
  package var reasonForSilence = "its nodes are not known yet"

  private let loop: Loop
  private let template: Endpoint
  private let settings: Settings
  private let observe: (RoutingEvent) -> Void

  private let nodes: NodeTable
  private var budget = RetryBudget()
  private var holds = SlotHolds()
  private let trouble: Trouble

  /// A client that knows no node yet.
  ///
  /// - Parameters:
  ///   - loop: Whose thread this is.
  ///   - resolver: Looks up names, for each connection anew.
  ///   - template: How nodes are spoken to; its address does not matter.
  ///   - settings: For each node.
  ///   - observe: Called with what is worth counting.
  ///   - observer: Makes whoever hears of a node.
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
    holds = SlotHolds()
    nodes.adopt(topology)
  }

  /// The masters that it goes by; none before the first topology.
  package var masters: [SocketAddress] { nodes.masters }

  /// What metrics and messages call the node at `address`.
  package func name(of address: SocketAddress) -> String { "\(template.at(address))" }

  /// Redis answers somebody: connections need not wait any longer before they are tried again.
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
    let (began, patientlyBegan) = (loop.now, loop.patientNow)
    if let pause = pause(for: command, at: began) {
      let errand = errand(command, began: began, completion)
      errand.reason = SlotHolds.reason
      return sendAgain(errand, after: pause)
    }
    guard let node = nodes.node(for: command) else {
      return nobodyServes(errand(command, began: began, completion))
    }
    guard let permit = admit(to: node, at: began) else {
      return loop.defer(to: .answer) { completion(.failure(.circuitOpen)) }
    }
    // The usual end of every command: no more than this one closure is made for it.
    node.pool.send(command) { [self] result in
      node.gate?.ended(permit, result, after: loop.patientNow - patientlyBegan, at: loop.now)
      guard case .failure(let error) = result else {
        served(command)
        return completion(result)
      }
      failed(errand(command, began: began, completion), error, at: node)
    }
  }

  /// Sends `command` to the node at `address`, whatever that serves, and not a second time. Its key, if it
  /// has one, must live there.
  package func send(
    _ command: Command, to address: SocketAddress,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    guard !nodes.isClosed else {
      return loop.defer(to: .answer) { [self] in completion(.failure(noNode)) }
    }
    attempt(command, at: nodes.node(named: address), asking: false, completion)
  }

  /// Leave for a command, where there is a breaker to ask.
  private func admit(to node: RedisNode, at now: Instant) -> CircuitBreaker.Permit? {
    guard let gate = node.gate else { return .always }
    if let permit = gate.admit(at: now) { return permit }
    askForTopology(avoiding: node.endpoint.address)
    return nil
  }

  private func attempt(
    _ command: Command, at node: RedisNode, asking: Bool,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    let patientlyBegan = loop.patientNow
    guard let permit = admit(to: node, at: loop.now) else {
      return loop.defer(to: .answer) { completion(.failure(.circuitOpen)) }
    }
    node.pool.send(command, asking: asking) { [self] result in
      node.gate?.ended(permit, result, after: loop.patientNow - patientlyBegan, at: loop.now)
      completion(result)
    }
  }

  private func nobodyServes(_ errand: Errand) {
    // Not inside `send`: a caller does not expect its answer before it has finished asking.
    loop.defer(to: .answer) { [self] in
      // Where nothing is known at all, nothing will be in a moment.
      if masters.isEmpty {
        end(errand, .failure(noNode))
      } else {
        failed(errand, noNode, at: nil)
      }
    }
  }

  private var noNode: RedisError {
    .unavailable(masters.isEmpty ? reasonForSilence : "no node serves this part of the cluster")
  }

  // MARK: - What did not succeed at once

  private func errand(
    _ command: Command, began: Instant,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) -> Errand {
    Errand(command, deadline: began + settings.deadline, completion)
  }

  private func failed(_ errand: Errand, _ error: RedisError, at node: RedisNode?) {
    if errand.isOver { return }
    let sender = node?.endpoint.address ?? template.address
    switch errand.course.failed(error, at: sender, now: .now, jitter: .random(in: 0..<1)) {
    case .giveUp(let error): end(errand, .failure(error))
    case .follow(let redirection): follow(redirection, errand)
    case .wait(let pause, .redirect(let kind)):
      observe(.redirected(kind))
      errand.reason = error
      sendAgain(errand, after: hold(errand.command) ?? pause)
    case .wait(let pause, .retry(let reason)):
      askForTopology(avoiding: node?.endpoint.address)
      if reason == .readOnly, let node { nodes.renew(node) }
      retry(errand, after: pause, reason, error)
    }
  }

  private func retry(
    _ errand: Errand, after pause: Duration, _ reason: RetryReason, _ error: RedisError
  ) {
    // What was not even sent costs Redis nothing when it is.
    guard reason == .unavailable || budget.take() else {
      observe(.retryRefused)
      return end(errand, .failure(errand.course.verdict(error)))
    }
    observe(.retried(reason))
    errand.reason = error
    sendAgain(errand, after: pause)
  }

  private func end(_ errand: Errand, _ result: Result<Reply, RedisError>) {
    guard !errand.isOver else { return }
    errand.isOver = true
    if let timer = errand.timer { loop.cancel(timer) }
    errand.completion(result)
  }

  private func follow(_ redirection: Redirection, _ errand: Errand) {
    observe(.redirected(redirection.asks ? .ask : .moved))
    guard !nodes.isClosed else { return end(errand, .failure(noNode)) }
    let target = nodes.node(named: redirection.target)
    if !redirection.asks {
      nodes.moved(redirection.slot, to: target)
      askForTopology(avoiding: nil)
    }
    send(errand, to: target, asking: redirection.asks)
  }

  private func sendAgain(_ errand: Errand, after pause: Duration) {
    setTimer(errand)
    loop.schedule(after: pause) { [self] in
      if errand.isOver { return }
      if let pause = self.pause(for: errand.command, at: loop.now) {
        return sendAgain(errand, after: pause)
      }
      guard let node = nodes.node(for: errand.command) else {
        return failed(errand, noNode, at: nil)
      }
      send(errand, to: node, asking: false)
    }
  }

  private func send(_ errand: Errand, to node: RedisNode, asking: Bool) {
    setTimer(errand)
    errand.reason = nil
    attempt(errand.command, at: node, asking: asking) { [self] result in
      switch result {
      case .success:
        served(errand.command)
        end(errand, result)
      case .failure(let error): failed(errand, error, at: node)
      }
    }
  }

  private func setTimer(_ errand: Errand) {
    if errand.timer != nil { return }
    errand.timer = loop.schedule(at: errand.course.deadline) { [self] in
      end(errand, .failure(errand.lastWord))
    }
  }

  private func askForTopology(avoiding address: SocketAddress?) {
    if trouble.isNews(at: loop.now) { wantsTopology(address) }
  }

  // MARK: - Slots on their way

  /// How long a command must wait for a slot that is on its way. Only commands on several keys ever must.
  private func pause(for command: Command, at now: Instant) -> Duration? {
    guard !holds.isEmpty, case .evalsha(_, let keys, _) = command, let key = keys.first
    else { return nil }
    return holds.pause(for: key.slot, at: now)
  }

  private func hold(_ command: Command) -> Duration? {
    command.slot.map { holds.refused($0, at: loop.now, jitter: .random(in: 0..<1)) }
  }

  private func served(_ command: Command) {
    guard !holds.isEmpty, case .evalsha(_, let keys, _) = command, let key = keys.first
    else { return }
    holds.served(key.slot)
  }
}

@available(*, unavailable, message: "a RoutingClient belongs to its loop's thread")
extension RoutingClient: Sendable {}

/// What nodes tell the client of, which is not there yet when the table of nodes is made.
private final class Trouble {
  var met: (SocketAddress) -> Void = { _ in }
  private var toldAt: Instant?

  /// Whether it is long enough ago that somebody heard of trouble.
  func isNews(at now: Instant) -> Bool {
    if let toldAt, now < toldAt + .milliseconds(100) { return false }
    toldAt = now
    return true
  }
}

extension Endpoint {
  /// The same at another address.
  func at(_ address: SocketAddress) -> Endpoint {
    var endpoint = self
    endpoint.address = address
    return endpoint
  }
}
