import Loop

/// When to ask for the topology, and which server, apart from the asking: what happened goes in,
/// with the time at which it happened, and what to do comes out.
///
/// In peace it is asked for now and then. A client that meets trouble wants it at once; but no two
/// inquiries begin within a second, and where many processes meet the same trouble, chance spreads
/// them. An inquiry goes from one server to the next until one answers. That one is asked first the
/// next time, unless its answer was of no help.
struct TopologyInquiry {
  /// What to do next.
  enum Action: Equatable {
    case nothing
    case ask(Endpoint)
    /// Call ``timeReached(at:)`` then; it replaces the last such time.
    case wait(until: Instant)
  }

  private enum Phase {
    /// Nothing under way until then.
    case resting(until: Instant)
    /// These are left to be asked if the present one does not answer.
    case asking(rest: [Endpoint])
  }

  /// The shortest time between two inquiries.
  static let apart = Duration.seconds(1)
  /// How much longer it may be, by chance.
  private static let spread = 0.2
  /// The longest that the first of them waits, by chance.
  private static let hesitation = Duration.milliseconds(50)

  private let interval: Duration
  private let seeds: [Endpoint]
  private var learned: [Endpoint] = []
  private var first: Endpoint?
  private var phase = Phase.resting(until: Instant(nanoseconds: 0))
  private var began: Instant?
  /// Whether a client is in trouble that no answer has helped yet.
  private var isWanted = false
  private var avoided: SocketAddress?

  /// Asks `seeds`, at least one, until it learns of others, and every `interval` in peace.
  init(seeds: [Endpoint], interval: Duration) {
    precondition(!seeds.isEmpty, "no server to ask")
    self.seeds = seeds
    self.interval = interval
  }

  /// Whether the inquiry under way, or the next one, is for a client in trouble.
  var isUrgent: Bool { isWanted }

  /// A client met trouble, perhaps with the node at `avoiding`, which is therefore asked last.
  mutating func wanted(
    avoiding: SocketAddress?, at now: Instant, jitter: Double
  ) -> Action {
    isWanted = true
    if let avoiding { avoided = avoiding }
    guard case .resting(let until) = phase else { return .nothing }
    let soon = max(now + Self.hesitation * jitter, earliest(jitter))
    guard soon < until else { return .nothing }
    phase = .resting(until: soon)
    return .wait(until: soon)
  }

  /// The time that was named has come.
  mutating func timeReached(at now: Instant) -> Action {
    guard case .resting(let until) = phase else { return .nothing }
    guard until <= now else { return .wait(until: until) }
    began = now
    var order = candidates
    avoided = nil
    let next = order.removeFirst()
    phase = .asking(rest: order)
    first = next
    return .ask(next)
  }

  /// The server that was asked answered; `others` can be asked as well from now on. Whether
  /// anything `changed` says whether it was of help.
  mutating func answered(
    others: [Endpoint], changed: Bool, at now: Instant, jitter: Double
  ) -> Action {
    learned = others
    if isWanted, !changed { first = first.map { successor(of: $0) } }
    isWanted = false
    let pause = interval * (1 - Self.spread + 2 * Self.spread * jitter)
    return rest(until: max(now + pause, earliest(jitter)))
  }

  /// The server that was asked did not answer.
  mutating func failed(at now: Instant, jitter: Double) -> Action {
    guard case .asking(var rest) = phase else { return .nothing }
    guard !rest.isEmpty else {
      first = first.map { successor(of: $0) }
      return self.rest(until: max(now, earliest(jitter)))
    }
    let next = rest.removeFirst()
    phase = .asking(rest: rest)
    first = next
    return .ask(next)
  }

  private mutating func rest(until time: Instant) -> Action {
    phase = .resting(until: time)
    return .wait(until: time)
  }

  private func earliest(_ jitter: Double) -> Instant {
    guard let began else { return Instant(nanoseconds: 0) }
    return began + Self.apart * (1 + Self.spread * jitter)
  }

  private var servers: [Endpoint] { learned + seeds.filter { !learned.contains($0) } }

  /// Of so many servers the first are asked before any seed is: a seed may know more than thousands that
  /// a server has made up, or that are gone.
  private static let firstFew = 16

  /// All servers once, in the order in which to ask.
  private var candidates: [Endpoint] {
    let servers = servers
    let start = first.flatMap { servers.firstIndex(of: $0) } ?? 0
    var order = Array(servers[start...] + servers[..<start])
    if order.count > 2 * Self.firstFew {
      let first = order.prefix(Self.firstFew)
      let rest = order.dropFirst(Self.firstFew).filter { !seeds.contains($0) }
      order = first + seeds.filter { !first.contains($0) } + rest
    }
    return order.filter { $0.address != avoided } + order.filter { $0.address == avoided }
  }

  private func successor(of endpoint: Endpoint) -> Endpoint {
    let servers = servers
    guard let index = servers.firstIndex(of: endpoint) else { return servers[0] }
    return servers[(index + 1) % servers.count]
  }
}
