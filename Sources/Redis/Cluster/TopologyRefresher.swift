import Loop

/// Knows the topology of a cluster, or of a master that sentinels watch over, and tells when it
/// changes.
///
/// One a process: a client that meets trouble calls ``wanted(avoiding:)``; however many do, the
/// servers are asked at most once a second. See ``TopologyInquiry``.
///
/// Belongs to its loop's thread. It lives until it has been closed: the loop holds on to it.
package final class TopologyRefresher {
  /// What came of an inquiry.
  package enum Outcome: String, CaseIterable, Sendable {
    /// The topology is another.
    case changed
    /// The topology is as it was.
    case unchanged
    /// No server answered.
    case failed
  }

  /// What it tells.
  package struct Events {
    /// The topology is this from now on.
    package var changed: (Topology) -> Void = { _ in }
    /// An inquiry is over; when no server answered, the sentence says what came of the last
    /// attempt.
    package var ended: (Outcome, String?) -> Void = { _, _ in }

    /// Events without a listener.
    package init() {}
  }

  private let loop: Loop
  private let resolver: Resolver
  private let deployment: Deployment
  private let settings: PoolSettings
  private let events: Events
  private let scratch = Scratch()

  private var inquiry: TopologyInquiry
  private var topology: Topology?
  private var verifiedAt: Instant?
  private var informant: DedicatedConnection?
  private var master: DedicatedConnection?
  private var timer: Loop.TimerID?
  private var isClosed = false

  /// A refresher that has asked no server yet.
  ///
  /// - Parameters:
  ///   - loop: The loop that the refresher belongs to.
  ///   - resolver: Looks up names, for each connection anew.
  ///   - deployment: A cluster or sentinels.
  ///   - connectTimeout: How long a connection may take; no more than a second is spent on one server.
  ///   - timeout: How long an answer may take.
  ///   - events: What to tell.
  package init(
    loop: Loop, resolver: Resolver, deployment: Deployment, connectTimeout: Duration,
    timeout: Duration, events: Events
  ) {
    self.loop = loop
    self.resolver = resolver
    self.deployment = deployment
    self.events = events
    var settings = PoolSettings()
    settings.connectTimeout = min(connectTimeout, .seconds(1))
    settings.timeout = min(timeout, .seconds(1))
    self.settings = settings
    inquiry = TopologyInquiry(seeds: deployment.informants, interval: deployment.interval)
  }

  /// Asks now, and from then on whenever it is time.
  package func start() {
    carryOut(inquiry.timeReached(at: .now))
  }

  /// A client met trouble that a newer topology may end, perhaps with the node at `avoiding`.
  package func wanted(avoiding: SocketAddress?) {
    carryOut(inquiry.wanted(avoiding: avoiding, at: .now, jitter: .random(in: 0..<1)))
  }

  /// Asks and tells nothing any more.
  package func close() {
    isClosed = true
    if let timer { loop.cancel(timer) }
    timer = nil
    informant?.close()
    master?.close()
  }

  private func carryOut(_ action: TopologyInquiry.Action) {
    if isClosed { return }
    switch action {
    case .nothing: break
    case .wait(let time):
      if let timer { loop.cancel(timer) }
      timer = loop.schedule(at: time) { [self] in
        timer = nil
        carryOut(inquiry.timeReached(at: .now))
      }
    case .ask(let endpoint): ask(endpoint)
    }
  }

  // MARK: - Asking

  private func ask(_ endpoint: Endpoint) {
    let informant = dedicated(self.informant, with: endpoint)
    self.informant = informant
    switch deployment.kind {
    case .single: preconditionFailure("there is nothing to ask")
    case .cluster:
      informant.ask(.clusterSlots) { [self] result in
        learned(Self.clusterTopology(from: result, endpoint), from: endpoint)
      }
    case .sentinel(let name):
      informant.ask(.sentinelMaster(name)) { [self] result in
        switch Self.masterAddress(from: result, name, endpoint) {
        case .success(let address): verify(address, named: endpoint)
        case .failure(let error): learned(.failure(error), from: endpoint)
        }
      }
    }
  }

  private func dedicated(_ present: DedicatedConnection?, with endpoint: Endpoint)
    -> DedicatedConnection
  {
    if let present, present.endpoint == endpoint { return present }
    present?.close()
    return DedicatedConnection(
      with: endpoint, settings: settings, on: loop, resolver: resolver, scratch: scratch)
  }

  /// How long a master that sentinels go on naming is taken for one.
  private static let trust = Duration.seconds(10)

  /// A sentinel may name a server that is a master no longer, or not yet.
  private func verify(_ address: SocketAddress, named sentinel: Endpoint) {
    if let topology, topology.masters == [address], !inquiry.isUrgent, let verifiedAt,
      .now < verifiedAt + Self.trust
    {
      return learned(.success(topology), from: sentinel)
    }
    let endpoint = deployment.endpoint.at(address)
    let master = dedicated(master, with: endpoint)
    self.master = master
    master.ask(.role) { [self] result in
      let topology = Self.masterTopology(from: result, endpoint)
      if case .success = topology { verifiedAt = .now }
      learned(topology, from: sentinel)
    }
  }

  private func learned(_ result: Result<Topology, Problem>, from endpoint: Endpoint) {
    if isClosed { return }
    let jitter = Double.random(in: 0..<1)
    switch result {
    case .success(let new):
      let changed = new != topology
      topology = new
      let others = deployment.informants(in: new)
      let action = inquiry.answered(others: others, changed: changed, at: .now, jitter: jitter)
      if changed { events.changed(new) }
      events.ended(changed ? .changed : .unchanged, nil)
      carryOut(action)
    case .failure(let problem):
      informant?.close()
      informant = nil
      let action = inquiry.failed(at: .now, jitter: jitter)
      if case .wait = action { events.ended(.failed, problem.sentence) }
      carryOut(action)
    }
  }

  // MARK: - Answers

  private struct Problem: Error {
    let sentence: String
  }

  private static func clusterTopology(
    from result: Result<Reply, RedisError>, _ endpoint: Endpoint
  ) -> Result<Topology, Problem> {
    answer(of: endpoint, result, else: "is in no cluster that serves anything") {
      (reply) throws(TopologyViolation) in
      try Topology(clusterSlots: reply, asked: endpoint.address)
    }
  }

  private static func masterAddress(
    from result: Result<Reply, RedisError>, _ name: String, _ sentinel: Endpoint
  ) -> Result<SocketAddress, Problem> {
    answer(of: sentinel, result, else: "knows of no master that is called \(name)") {
      (reply) throws(TopologyViolation) in
      try Topology.masterAddress(reply)
    }
  }

  private static func masterTopology(
    from result: Result<Reply, RedisError>, _ endpoint: Endpoint
  ) -> Result<Topology, Problem> {
    answer(of: endpoint, result, else: "is no master, though a sentinel says so") {
      (reply) throws(TopologyViolation) in
      try Topology(role: reply, of: endpoint.address)
    }
  }

  /// What `read` finds in the reply of `server`. If it finds nothing, `problem` says so after the
  /// server's name.
  private static func answer<Value>(
    of server: Endpoint, _ result: Result<Reply, RedisError>, else problem: String,
    _ read: (Reply) throws(TopologyViolation) -> Value?
  ) -> Result<Value, Problem> {
    switch result {
    case .failure(.unavailable(let sentence)): return .failure(Problem(sentence: sentence))
    case .failure(let error): return .failure(Problem(sentence: "\(server): \(error)"))
    case .success(let reply):
      do throws(TopologyViolation) {
        if let value = try read(reply) { return .success(value) }
        return .failure(Problem(sentence: "\(server) \(problem)"))
      } catch {
        let violation = RedisError.protocolViolation("\(error)")
        return .failure(Problem(sentence: "\(server): \(violation)"))
      }
    }
  }
}

@available(*, unavailable, message: "a TopologyRefresher belongs to its loop's thread")
extension TopologyRefresher: Sendable {}

extension Deployment {
  /// The servers to ask before anything is known. Sentinels may want the password of the servers,
  /// one of their own, which there is no way to give, or none: both ways are tried.
  fileprivate var informants: [Endpoint] {
    let seeds = addresses.map { endpoint.at($0) }
    guard case .sentinel = kind else { return seeds }
    // A sentinel has no databases.
    let named = seeds.map { Endpoint(address: $0.address, credentials: credentials, tls: tls) }
    let nameless = seeds.map { Endpoint(address: $0.address, tls: tls) }
    return credentials == nil ? nameless : nameless + named
  }

  /// The servers to ask besides, once a topology is known.
  fileprivate func informants(in topology: Topology) -> [Endpoint] {
    guard case .cluster = kind else { return [] }
    return topology.nodes.map { endpoint.at($0.address) }
  }

  /// How often to ask in peace. Sentinels tell nothing by themselves, and a new master must be
  /// found within a second.
  fileprivate var interval: Duration {
    if case .sentinel = kind { .seconds(1) } else { .seconds(15) }
  }
}
