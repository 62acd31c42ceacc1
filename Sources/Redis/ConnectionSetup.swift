import Loop

/// How a connection is made, apart from its socket: what happened goes in, with the time at which it
/// happened, and what to do comes out.
///
/// ```
/// resolving → connecting → securing → greeting → over
/// ```
///
/// Only an endpoint with TLS is secured.
///
/// A connection is ready once Redis has answered `PING`: a stopped Redis still accepts connections.
/// All of it has one deadline; as long as there are more addresses to try, each gets an equal share of
/// the time that is left.
struct ConnectionSetup {
  /// What to do next; a new deadline replaces the last.
  enum Action: Equatable {
    case nothing
    case connect(address: Int, until: Instant)
    /// Shake hands.
    case secure(until: Instant)
    case greet([Greeting], until: Instant)
    case becomeReady
    case end(Ending)
  }

  private enum State {
    case resolving
    case connecting(address: Int, of: Int)
    case securing
    /// The first command of the greeting that is not answered yet.
    case greeting(step: Int)
    case over
  }

  /// When the connection must be ready: the deadline until an action names another.
  let deadline: Instant
  private let name: String
  private let greeting: [Greeting]
  private let isSecured: Bool
  private var state = State.resolving

  /// A connection to `endpoint` that begins to be made at `now` and may take `limit` until it is ready.
  init(to endpoint: Endpoint, within limit: Duration, at now: Instant) {
    name = "\(endpoint)"
    deadline = now + limit
    isSecured = endpoint.tls != nil
    let credentials = endpoint.credentials.map { Greeting.authenticate($0) }
    let database = endpoint.database == 0 ? nil : Greeting.select(endpoint.database)
    greeting = [credentials, database, .ping].compactMap { $0 }
  }

  /// The name has this many addresses.
  mutating func resolved(addresses count: Int, at now: Instant) -> Action {
    guard case .resolving = state else { return .nothing }
    return tryAddress(0, of: count, or: Ending(.lost, "\(name) has no address"), at: now)
  }

  /// The name could not be resolved.
  mutating func resolvingFailed(_ why: String) -> Action {
    guard case .resolving = state else { return .nothing }
    return end(Ending(.lost, "\(name): \(why)"))
  }

  /// The socket is connected.
  mutating func connected() -> Action {
    guard case .connecting = state else { return .nothing }
    if !isSecured { return greet() }
    state = .securing
    return .secure(until: deadline)
  }

  /// The handshake is done, and the server is who it should be.
  mutating func secured() -> Action {
    guard case .securing = state else { return .nothing }
    return greet()
  }

  /// The socket could not be connected, and another address may be better; or the handshake or the
  /// greeting failed, and none will be.
  mutating func disconnected(_ why: String, at now: Instant) -> Action {
    let ending = Ending(.lost, "\(name): \(why)")
    switch state {
    case .connecting(let address, let count):
      return tryAddress(address + 1, of: count, or: ending, at: now)
    case .greeting(step: 0) where !isSecured:
      // This is how a Redis that expects TLS takes a command in plain.
      return end(Ending(.lost, "\(name): \(why) before it answered; does this port want TLS?"))
    case .securing, .greeting: return end(ending)
    case .resolving, .over: return .nothing
    }
  }

  /// Redis answered.
  mutating func replyArrived(_ reply: Reply) -> Action {
    guard case .greeting(let step) = state else { return .nothing }
    let command = greeting[step]
    if let error = reply.error {
      return end(Ending(.lost, "\(name) refused \(command.name): \(error)"))
    }
    guard reply.isText(command == .ping ? "PONG" : "OK") else {
      return end(
        Ending(.protocolViolation, "\(name) did not answer \(command.name) as Redis does"))
    }
    let isLast = step + 1 == greeting.count
    state = isLast ? .over : .greeting(step: step + 1)
    return isLast ? .becomeReady : .nothing
  }

  /// The deadline has come.
  mutating func deadlineReached(at now: Instant) -> Action {
    switch state {
    case .resolving:
      return end(Ending(.timeout, "\(name) was not resolved to an address in time"))
    case .connecting(let address, let count):
      let ending = Ending(.timeout, "\(name) did not accept a connection in time")
      return tryAddress(address + 1, of: count, or: ending, at: now)
    case .securing:
      return end(
        Ending(.timeout, "\(name) did not finish the TLS handshake in time; is this a plain port?"))
    case .greeting(let step):
      return end(Ending(.timeout, "\(name) did not answer \(greeting[step].name) in time"))
    case .over:
      return .nothing
    }
  }

  private mutating func tryAddress(
    _ address: Int, of count: Int, or ending: Ending, at now: Instant
  ) -> Action {
    guard address < count else { return end(ending) }
    state = .connecting(address: address, of: count)
    return .connect(address: address, until: now + (deadline - now) / (count - address))
  }

  private mutating func greet() -> Action {
    state = .greeting(step: 0)
    return .greet(greeting, until: deadline)
  }

  private mutating func end(_ ending: Ending) -> Action {
    state = .over
    return .end(ending)
  }
}
