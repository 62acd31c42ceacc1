import Loop

/// How a connection is made, apart from its socket: what happened goes in, with the time at which
/// it happened, and what to do comes out.
///
/// ```
/// resolving → connecting → securing → handshake → over
/// ```
///
/// Only an endpoint with TLS is secured.
///
/// A connection is ready once Redis has answered `PING`: a stopped Redis still accepts connections.
/// All of it has one deadline; as long as there are more addresses to try, each gets an equal share
/// of the time that is left.
struct ConnectionSetup {
  /// What to do next; a new deadline replaces the last.
  enum Action: Equatable {
    case nothing
    case connect(address: Int, until: Instant)
    /// Begin TLS.
    case secure(until: Instant)
    case shakeHands([HandshakeCommand], until: Instant)
    case becomeReady
    case end(CloseCause)
  }

  private enum State {
    case resolving
    case connecting(address: Int, of: Int)
    case securing
    /// The first command of the handshake that is not answered yet.
    case handshake(step: Int)
    case over
  }

  /// When the connection must be ready: the deadline until an action names another.
  let deadline: Instant
  private let name: String
  private let handshake: [HandshakeCommand]
  private let isSecured: Bool
  private var state = State.resolving

  /// A connection to `endpoint` that begins to be made at `now` and may take `limit` until it is
  /// ready.
  init(to endpoint: Endpoint, within limit: Duration, at now: Instant) {
    name = "\(endpoint)"
    deadline = now + limit
    isSecured = endpoint.tls != nil
    let credentials = endpoint.credentials.map { HandshakeCommand.authenticate($0) }
    let database = endpoint.database == 0 ? nil : HandshakeCommand.select(endpoint.database)
    handshake = [credentials, database, .ping].compactMap { $0 }
  }

  /// The name has this many addresses.
  mutating func resolved(addresses count: Int, at now: Instant) -> Action {
    guard case .resolving = state else { return .nothing }
    return tryAddress(0, of: count, or: CloseCause(.lost, "\(name) has no address"), at: now)
  }

  /// The name could not be resolved.
  mutating func resolvingFailed(_ why: String) -> Action {
    guard case .resolving = state else { return .nothing }
    return end(CloseCause(.lost, "\(name): \(why)"))
  }

  /// The socket is connected.
  mutating func connected() -> Action {
    guard case .connecting = state else { return .nothing }
    if !isSecured { return shakeHands() }
    state = .securing
    return .secure(until: deadline)
  }

  /// The TLS handshake is done, and the certificate is the one of the server that was meant.
  mutating func secured() -> Action {
    guard case .securing = state else { return .nothing }
    return shakeHands()
  }

  /// The socket could not be connected, and another address may be better; or the TLS handshake or
  /// that of Redis failed, and none will be.
  mutating func disconnected(_ why: String, at now: Instant) -> Action {
    let cause = CloseCause(.lost, "\(name): \(why)")
    switch state {
    case .connecting(let address, let count):
      return tryAddress(address + 1, of: count, or: cause, at: now)
    case .handshake(step: 0) where !isSecured:
      // This is how a Redis that expects TLS takes a command in plain.
      return end(CloseCause(.lost, "\(name): \(why) before it answered; does this port want TLS?"))
    case .securing, .handshake: return end(cause)
    case .resolving, .over: return .nothing
    }
  }

  /// Redis answered.
  mutating func replyArrived(_ reply: Reply) -> Action {
    guard case .handshake(let step) = state else { return .nothing }
    let command = handshake[step]
    if let error = reply.error {
      return end(CloseCause(.lost, "\(name) refused \(command.name): \(error)"))
    }
    guard reply.isText(command == .ping ? "PONG" : "OK") else {
      return end(
        CloseCause(.protocolViolation, "\(name) did not answer \(command.name) as Redis does"))
    }
    let isLast = step + 1 == handshake.count
    state = isLast ? .over : .handshake(step: step + 1)
    return isLast ? .becomeReady : .nothing
  }

  /// The deadline has come.
  mutating func deadlineReached(at now: Instant) -> Action {
    switch state {
    case .resolving:
      return end(CloseCause(.timeout, "\(name) was not resolved to an address in time"))
    case .connecting(let address, let count):
      let cause = CloseCause(.timeout, "\(name) did not accept a connection in time")
      return tryAddress(address + 1, of: count, or: cause, at: now)
    case .securing:
      return end(
        CloseCause(
          .timeout, "\(name) did not finish the TLS handshake in time; is this a plain port?"))
    case .handshake(let step):
      return end(CloseCause(.timeout, "\(name) did not answer \(handshake[step].name) in time"))
    case .over:
      return .nothing
    }
  }

  private mutating func tryAddress(
    _ address: Int, of count: Int, or cause: CloseCause, at now: Instant
  ) -> Action {
    guard address < count else { return end(cause) }
    state = .connecting(address: address, of: count)
    return .connect(address: address, until: now + (deadline - now) / (count - address))
  }

  private mutating func shakeHands() -> Action {
    state = .handshake(step: 0)
    return .shakeHands(handshake, until: deadline)
  }

  private mutating func end(_ cause: CloseCause) -> Action {
    state = .over
    return .end(cause)
  }
}
