import Loop

/// What a ``RoutingClient`` did that its callers did not ask for.
public enum RoutingEvent: Equatable, Sendable {
  /// A node said that another should be asked, or the same again.
  case redirected(RedirectKind)
  /// A command was sent once more.
  case retried(RetryReason)
  /// A command was not sent once more, because too many were.
  case retryRefused
}

/// Sends each command to the node that serves its key, follows where nodes point, and tries again what
/// failed for a moment, all inside one deadline a command.
///
/// Which nodes there are it is told: see ``adopt(_:)``. Each master has a pool and a circuit breaker of
/// its own; those that a topology no longer names are drained and closed. Where nodes contradict what it
/// was told, or cannot be reached, it asks for a newer topology.
///
/// Belongs to its loop's thread. It lives until it has been closed: the loop holds on to it.
public final class RoutingClient: RedisClient {
  /// How a client behaves.
  public struct Settings: Sendable {
    /// Limits and times, for each node.
    public var pool = PoolSettings()
    /// When to leave a node alone; nil: never.
    public var breaker: CircuitBreaker.Settings? = CircuitBreaker.Settings()

    /// The defaults.
    public init() {}

    /// How long a command may take, whatever comes between; a first attempt that is allowed more may
    /// take that.
    var deadline: Duration { min(pool.wait + pool.timeout, .seconds(1)) }
  }

  /// Called when a newer topology may help, with the node that failed, if one did; not more often than
  /// every 100 ms.
  public var wantsTopology: (_ avoiding: SocketAddress?) -> Void = { _ in }
  /// Says why, when commands fail for want of a topology.
  public var reasonForSilence = "its nodes are not known yet"

  private let loop: Loop
  private let resolver: Resolver
  private let template: Endpoint
  private let settings: Settings
  private let observe: (RoutingEvent) -> Void
  private let observer: (Endpoint) -> any NodeObserver

  private var topology: Topology?
  private var nodes: [SocketAddress: RedisNode] = [:]
  /// The node of every slot where one serves all.
  private var single: RedisNode?
  /// The node of each slot otherwise; nil where nobody is known to serve it.
  private var slots: [RedisNode?] = []
  /// Which master gets the next command without a key.
  private var turn = 0
  private var budget = RetryBudget()
  private var holds = SlotHolds()
  private var askedForTopologyAt: Instant?
  private var isClosed = false

  /// A client that knows no node yet.
  ///
  /// - Parameters:
  ///   - loop: Whose thread this is.
  ///   - resolver: Looks up names, for each connection anew.
  ///   - template: How nodes are spoken to; its address does not matter.
  ///   - settings: For each node.
  ///   - observe: Called with what is worth counting.
  ///   - observer: Makes whoever hears of a node.
  public init(
    loop: Loop, resolver: Resolver, template: Endpoint, settings: Settings,
    observe: @escaping (RoutingEvent) -> Void = { _ in },
    observer: @escaping (Endpoint) -> any NodeObserver
  ) {
    self.loop = loop
    self.resolver = resolver
    self.template = template
    self.settings = settings
    self.observe = observe
    self.observer = observer
  }

  // MARK: - Nodes

  /// Goes by `topology` from now on: connects to masters that are new, and lets go of what is gone.
  public func adopt(_ topology: Topology) {
    guard !isClosed else { return }
    self.topology = topology
    holds = SlotHolds()
    if topology.isSingle {
      single = node(at: topology.masters[0])
      slots = []
    } else {
      single = nil
      let masters = topology.masters.map { node(at: $0) }
      slots = topology.owners.map { $0 == Topology.nobody ? nil : masters[Int($0)] }
    }
    letGo()
  }

  /// The masters that it goes by; none before the first topology.
  public var masters: [SocketAddress] { topology?.masters ?? [] }

  /// What metrics and messages call the node at `address`.
  public func name(of address: SocketAddress) -> String { "\(endpoint(at: address))" }

  private func endpoint(at address: SocketAddress) -> Endpoint {
    var endpoint = template
    endpoint.address = address
    return endpoint
  }

  private func node(at address: SocketAddress) -> RedisNode {
    if let node = nodes[address] { return node }
    let endpoint = endpoint(at: address)
    let node = RedisNode(
      endpoint, settings: settings, on: loop, resolver: resolver, observer: observer(endpoint),
      connectionFailed: { [weak self] in self?.askForTopology(avoiding: address) })
    nodes[address] = node
    return node
  }

  /// How long a node that serves no slot is kept after somebody named it: a slot that moves makes
  /// others name its new master before any topology does.
  private static let keptWhenNamed = Duration.seconds(10)

  /// Drains and closes the nodes that nobody needs.
  private func letGo() {
    let masters = Set(masters)
    if masters.isEmpty { return }
    var looksAgain = false
    for (address, node) in nodes where !masters.contains(address) {
      if let named = node.lastNamed, named + Self.keptWhenNamed > loop.now {
        looksAgain = true
      } else {
        nodes[address] = nil
        for slot in slots.indices where slots[slot] === node { slots[slot] = nil }
        node.close(draining: true)
      }
    }
    if looksAgain { scheduleLook() }
  }

  private var lookIsScheduled = false

  private func scheduleLook() {
    guard !lookIsScheduled else { return }
    lookIsScheduled = true
    loop.schedule(after: Self.keptWhenNamed) { [weak self] in
      guard let self, !isClosed else { return }
      lookIsScheduled = false
      letGo()
    }
  }

  /// Redis answers somebody: connections need not wait any longer before they are tried again.
  public func tryNow() {
    for node in nodes.values { node.pool.tryNow() }
  }

  /// Ends the client and its nodes; see ``Pool/close(draining:_:)``.
  public func close(draining: Bool = false, _ closed: @escaping () -> Void = {}) {
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
    reasonForSilence = "the client is closed"
  }

  private func askForTopology(avoiding address: SocketAddress?) {
    if let last = askedForTopologyAt, loop.now < last + .milliseconds(100) { return }
    askedForTopologyAt = loop.now
    wantsTopology(address)
  }

  // MARK: - Commands

  /// Sends `command` to the node that serves its key, or to any master if it has none.
  public func send(
    _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    budget.commandBegan()
    let began = loop.now
    if let pause = pause(for: command, at: began) {
      return sendAgain(Errand(command, completion, began: began, settings), after: pause)
    }
    guard let node = node(for: command) else {
      let errand = Errand(command, completion, began: began, settings)
      // Not inside `send`: a caller does not expect its answer before it has finished asking.
      return loop.defer(to: .answer) { [self] in
        // Where nothing is known at all, nothing will be in a moment.
        if topology == nil {
          end(errand, .failure(noNode))
        } else {
          failed(errand, noNode, at: nil)
        }
      }
    }
    guard let permit = admit(to: node, at: began) else {
      return loop.defer(to: .answer) { completion(.failure(.circuitOpen)) }
    }
    // The usual end of every command: no more than this one closure is made for it.
    node.pool.send(command) { [self] result in
      node.gate?.ended(permit, result, after: loop.now - began, at: loop.now)
      guard case .failure(let error) = result else {
        served(command)
        return completion(result)
      }
      failed(Errand(command, completion, began: began, settings), error, at: node)
    }
  }

  /// Sends `command` to the node at `address`, whatever that serves, and not a second time. Its key, if it
  /// has one, must live there.
  public func send(
    _ command: Command, to address: SocketAddress,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    guard !isClosed else {
      return loop.defer(to: .answer) { [self] in completion(.failure(noNode)) }
    }
    let node = node(at: address)
    node.lastNamed = loop.now
    scheduleLook()
    attempt(command, at: node, asking: false, completion)
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
    let began = loop.now
    guard let permit = admit(to: node, at: began) else {
      return loop.defer(to: .answer) { completion(.failure(.circuitOpen)) }
    }
    node.pool.send(command, asking: asking) { [self] result in
      node.gate?.ended(permit, result, after: loop.now - began, at: loop.now)
      completion(result)
    }
  }

  private func node(for command: Command) -> RedisNode? {
    if let single { return single }
    guard let slot = command.slot else { return nextMaster }
    return slots.isEmpty ? nil : slots[Int(slot)]
  }

  private var nextMaster: RedisNode? {
    let masters = masters
    if masters.isEmpty { return nil }
    turn = (turn + 1) % masters.count
    return nodes[masters[turn]]
  }

  private var noNode: RedisError {
    .unavailable(topology == nil ? reasonForSilence : "no node serves this part of the cluster")
  }

  // MARK: - What did not succeed at once

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
      guard budget.take() else {
        observe(.retryRefused)
        return end(errand, .failure(errand.course.verdict(error)))
      }
      observe(.retried(reason))
      errand.reason = error
      sendAgain(errand, after: pause)
    }
  }

  private func end(_ errand: Errand, _ result: Result<Reply, RedisError>) {
    guard !errand.isOver else { return }
    errand.isOver = true
    if let timer = errand.timer { loop.cancel(timer) }
    errand.completion(result)
  }

  private func follow(_ redirection: Redirection, _ errand: Errand) {
    observe(.redirected(redirection.asks ? .ask : .moved))
    guard !isClosed else { return end(errand, .failure(noNode)) }
    let target = node(at: redirection.target)
    target.lastNamed = loop.now
    scheduleLook()
    if !redirection.asks {
      if !slots.isEmpty { slots[Int(redirection.slot)] = target }
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
      guard let node = node(for: errand.command) else { return failed(errand, noNode, at: nil) }
      send(errand, to: node, asking: false)
    }
  }

  private func setTimer(_ errand: Errand) {
    if errand.timer != nil { return }
    errand.timer = loop.schedule(at: errand.course.deadline) { [self] in
      end(errand, .failure(errand.course.verdict(errand.reason ?? .timeout)))
    }
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
}

@available(*, unavailable, message: "a RoutingClient belongs to its loop's thread")
extension RoutingClient: Sendable {}

/// A command that did not succeed at once.
private final class Errand {
  let command: Command
  let completion: (Result<Reply, RedisError>) -> Void
  var course: RetryCourse
  var timer: Loop.TimerID?
  /// Why it waits; nil while it is under way.
  var reason: RedisError?
  var isOver = false

  init(
    _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void,
    began: Instant, _ settings: RoutingClient.Settings
  ) {
    self.command = command
    self.completion = completion
    course = RetryCourse(deadline: began + settings.deadline)
  }
}
