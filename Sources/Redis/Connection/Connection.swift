import Loop

/// How to tell a caller the result.
///
/// A struct, because a bare closure in a generic container would be wrapped in another closure, at
/// the price of an allocation a command.
struct Completion {
  let call: (Result<Reply, RedisError>) -> Void
}

/// The owner of connections, told on the loop's thread what becomes of them.
protocol ConnectionOwner: AnyObject {
  /// The connection takes commands from now on.
  func becameReady(_ connection: Connection)
  /// A command got its reply; the owner tells the caller.
  func finished(_ command: Finished<Completion>, on connection: Connection)
  /// Redis had forgotten a script and is being given it again.
  func reloading(_ script: Script)
  /// The connection is closed, or was never made; the owner tells the callers of the commands that
  /// it abandoned.
  func ended(
    _ connection: Connection, _ cause: CloseCause, wasReady: Bool,
    abandoned: [Finished<Completion>])
}

/// One connection to one Redis: made once, used until it ends.
///
/// ``ConnectionSetup`` and ``Pipeline`` decide, a ``Transport`` carries the bytes, and this does
/// what the ones say with the other. All commands of a turn of the loop are written together, in
/// the loop's flush phase. The loop keeps a connection and its owner alive until it has ended.
final class Connection {
  private enum Stage {
    case setup
    case ready
    case ended
  }

  /// The owner's number for this connection.
  let slot: Int

  private let loop: Loop
  private let owner: any ConnectionOwner
  private let endpoint: Endpoint
  private let name: String

  private var stage = Stage.setup
  private var setup: ConnectionSetup
  private var pipeline: Pipeline<Completion>
  private let transport: Transport
  private let parser: ReplyParser

  private var addresses: [ResolvedAddress] = []
  private var isFlushScheduled = false
  private var timer: Loop.TimerID?

  /// A connection that begins with ``open(_:resolver:)``.
  init(
    slot: Int, to endpoint: Endpoint, settings: PoolSettings, on loop: Loop, scratch: Scratch,
    owner: any ConnectionOwner
  ) {
    self.slot = slot
    self.loop = loop
    self.owner = owner
    self.endpoint = endpoint
    name = "\(endpoint)"
    setup = ConnectionSetup(to: endpoint, within: settings.connectTimeout, at: .now)
    pipeline = Pipeline(with: name, timeout: settings.timeout)
    transport = Transport(on: loop, scratch: scratch)
    parser = ReplyParser(maxReplyBytes: settings.maxReplyBytes)
  }

  /// Begins to look the name up, connect and shake hands.
  func open(_ address: SocketAddress, resolver: Resolver) {
    setTimer(at: setup.deadline)
    resolver.resolve(address, within: max(.zero, setup.deadline - .now)) { [self] answer in
      if stage == .ended { return }
      switch answer {
      case .success(let found):
        addresses = found
        carryOut(setup.resolved(addresses: found.count, at: .now))
      case .failure(let error):
        carryOut(setup.resolvingFailed("\(error)"))
      }
    }
  }

  /// Appends `command` to what this turn writes, with `ASKING` before it if wanted. Only for a
  /// connection that is ready.
  func send(_ command: Command, asking: Bool, _ completion: Completion) {
    assert(stage == .ready, "only a ready connection takes commands")
    command.encode(to: &transport.output, asking: asking)
    pipeline.expect(command, asking: asking, completion)
    scheduleFlush()
  }

  /// Ends the connection now; what is in flight is abandoned.
  func end(_ cause: CloseCause) {
    guard stage != .ended else { return }
    let wasReady = stage == .ready
    stage = .ended
    clearTimer()
    transport.close()
    let abandoned = pipeline.end(cause, at: .now)
    owner.ended(self, cause, wasReady: wasReady, abandoned: abandoned)
  }

  // MARK: - Setting up

  private func carryOut(_ action: ConnectionSetup.Action) {
    switch action {
    case .nothing: break
    case .connect(let address, let deadline):
      setTimer(at: deadline)
      connect(to: addresses[address])
    case .secure(let deadline):
      setTimer(at: deadline)
      secure()
    case .shakeHands(let handshake, let deadline):
      setTimer(at: deadline)
      for command in handshake { command.encode(to: &transport.output) }
      transport.flush()
    case .becomeReady:
      stage = .ready
      clearTimer()
      owner.becameReady(self)
    case .end(let cause): end(cause)
    }
  }

  private func connect(to address: ResolvedAddress) {
    transport.close()
    do {
      try transport.connect(to: address) { [self] in take($0) }
    } catch {
      carryOut(setup.disconnected("\(error)", at: .now))
    }
  }

  private func secure() {
    guard let tls = endpoint.tls else { preconditionFailure("an endpoint without TLS") }
    do {
      transport.secure(with: try tls.session(with: endpoint.address.host))
    } catch {
      carryOut(setup.disconnected("\(error)", at: .now))
    }
  }

  // MARK: - What arrives

  private func take(_ event: Transport.Event) {
    switch event {
    case .connected: carryOut(setup.connected())
    case .secured: carryOut(setup.secured())
    case .received(let bytes): takeReplies(from: bytes)
    case .ended(let why) where stage == .setup: carryOut(setup.disconnected(why, at: .now))
    case .ended(let why): end(CloseCause(.lost, "\(name): \(why)"))
    }
  }

  private func takeReplies(from bytes: UnsafeRawBufferPointer) {
    do {
      try parser.feed(bytes)
      while stage != .ended, let reply = try parser.next() { take(reply) }
    } catch {
      end(CloseCause(.protocolViolation, "\(name): \(error)"))
    }
  }

  private func take(_ reply: Reply) {
    if stage == .setup { return carryOut(setup.replyArrived(reply)) }
    switch pipeline.replyArrived(reply, at: loop.now) {
    case .nothing: break
    case .finish(let command): owner.finished(command, on: self)
    case .callAgain(let load, let call): callAgain(load, call)
    case .end(let cause): end(cause)
    }
  }

  // MARK: - What leaves

  private func callAgain(_ load: Script?, _ call: ScriptCall) {
    if let load {
      load.encodeLoad(to: &transport.output)
      owner.reloading(load)
    }
    // The first `ASKING` held for the call that found no script.
    call.command.encode(to: &transport.output, asking: call.asking)
    scheduleFlush()
  }

  private func scheduleFlush() {
    guard !isFlushScheduled else { return }
    isFlushScheduled = true
    loop.defer(to: .flush) { [self] in flush() }
  }

  private func flush() {
    isFlushScheduled = false
    guard stage == .ready else { return }
    if let deadline = pipeline.flushed(at: .now) { setTimer(at: deadline) }
    transport.flush()
  }

  // MARK: - Time

  private func setTimer(at deadline: Instant) {
    clearTimer()
    timer = loop.schedule(at: deadline) { [self] in
      timer = nil
      deadlineReached()
    }
  }

  private func clearTimer() {
    if let timer { loop.cancel(timer) }
    timer = nil
  }

  private func deadlineReached() {
    if stage == .setup { return carryOut(setup.deadlineReached(at: loop.now)) }
    switch pipeline.deadlineReached(at: loop.now) {
    case .nothing: break
    case .wait(let deadline): setTimer(at: deadline)
    case .end(let cause): end(cause)
    }
  }
}

@available(*, unavailable, message: "a Connection belongs to its loop's thread")
extension Connection: Sendable {}

extension SocketAddress {
  /// The host that a certificate must be for; nil for a Unix socket.
  fileprivate var host: String? {
    if case .tcp(let host, _) = self { host } else { nil }
  }
}
