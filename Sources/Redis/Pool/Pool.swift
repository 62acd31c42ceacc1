import Loop

/// The connections of one front to one Redis, and the commands that wait for them.
///
/// Connections are opened when commands would have to wait, up to a limit, and closed when they
/// have been idle for a while. A command waits for room for a bounded time and for its reply for a
/// bounded time, so every command is answered or fails within the sum of ``PoolSettings/wait`` and
/// ``PoolSettings/timeout``; nothing hangs, whatever Redis does.
///
/// Belongs to its loop's thread. It lives until it has been closed: the loop holds on to it.
package final class Pool: RedisClient {
  private struct Request {
    let command: Command
    let asking: Bool
    let completion: Completion
  }

  private let loop: Loop
  private let resolver: Resolver
  private let endpoint: Endpoint
  private let settings: PoolSettings
  private let observe: (PoolEvent) -> Void
  private let jitter: () -> Double

  private var machine: PoolMachine<Request>
  private var connections: [Connection?] = []
  private let scratch = Scratch()
  private var timer: (id: Loop.TimerID, deadline: Instant)?
  private var occupancy = PoolOccupancy()
  private var afterClosing: [() -> Void] = []

  /// A pool that opens its first connections now.
  ///
  /// - Parameters:
  ///   - loop: The loop that the pool belongs to.
  ///   - resolver: Looks up the endpoint's name, for each connection anew.
  ///   - endpoint: The Redis.
  ///   - settings: Limits and times.
  ///   - observe: Called with everything worth counting, on the loop's thread, often: it must be quick
  ///     and must not call the pool.
  ///   - jitter: A random number from 0 up to 1, asked for after each failure to connect.
  package init(
    loop: Loop, resolver: Resolver, endpoint: Endpoint, settings: PoolSettings,
    observe: @escaping (PoolEvent) -> Void = { _ in },
    jitter: @escaping () -> Double = { .random(in: 0..<1) }
  ) {
    self.loop = loop
    self.resolver = resolver
    self.endpoint = endpoint
    self.settings = settings
    self.observe = observe
    self.jitter = jitter
    machine = PoolMachine(settings)
    carryOut(machine.start(at: .now))
  }

  /// Sends `command` on a connection with room, or as soon as one has room.
  ///
  /// It fails as ``RedisError/poolExhausted`` or ``RedisError/unavailable(_:)`` when it has waited
  /// for too long, and as ``RedisError/timeout`` when its reply takes too long; the connection is
  /// closed then, since replies come in order, and what else was in flight on it is lost.
  package func send(
    _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    send(command, asking: false, completion)
  }

  /// The same; with `asking`, directly after `ASKING`, which lets a node of a cluster serve a slot
  /// that is on its way to it, this once.
  func send(
    _ command: Command, asking: Bool,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    let completion = Completion(call: completion)
    if let slot = machine.place() {
      connection(in: slot).send(command, asking: asking, completion)
      tellOccupancy()
    } else {
      let request = Request(command: command, asking: asking, completion: completion)
      carryOut(machine.wait(request, at: .now))
    }
  }

  /// Redis answers another client: a pause after failures ends now.
  package func tryNow() {
    carryOut(machine.tryNow(at: .now))
  }

  /// Ends the pool: what waits for room fails, and so does every later command.
  ///
  /// - Parameters:
  ///   - draining: Whether commands that were sent may still be answered, within their deadlines;
  ///     otherwise they fail now.
  ///   - closed: Called once the last connection is closed; never before this returns.
  package func close(draining: Bool = false, _ closed: @escaping () -> Void = {}) {
    afterClosing.append(closed)
    carryOut(machine.close(draining: draining))
  }

  private func connection(in slot: Int) -> Connection {
    guard let connection = connections[slot] else {
      preconditionFailure("slot \(slot) has no connection")
    }
    return connection
  }

  // MARK: - Carrying out

  private func carryOut(_ orders: PoolMachine<Request>.Orders) {
    for slot in orders.open { open(slot) }
    for (slot, reason) in orders.close { end(connection(in: slot), reason) }
    for (slot, waiter) in orders.send { send(waiter, on: connection(in: slot)) }
    for (waiter, error) in orders.fail { fail(waiter, error) }
    tellOccupancy()
    setTimer()
    finishClosing()
  }

  private func open(_ slot: Int) {
    let connection = Connection(
      slot: slot, to: endpoint, settings: settings, on: loop, scratch: scratch, owner: self)
    if slot == connections.count { connections.append(nil) }
    connections[slot] = connection
    connection.open(endpoint.address, resolver: resolver)
  }

  private func end(_ connection: Connection, _ reason: CloseReason) {
    connection.end(CloseCause(reason, "\(endpoint): closed by the pool"))
  }

  private func send(_ waiter: PoolMachine<Request>.Waiter, on connection: Connection) {
    observe(.waited(.now - waiter.since))
    let request = waiter.payload
    connection.send(request.command, asking: request.asking, request.completion)
  }

  private func fail(_ waiter: PoolMachine<Request>.Waiter, _ error: RedisError) {
    let command = waiter.payload.command
    observe(.waited(.now - waiter.since))
    if error == .poolExhausted { observe(.waitTimedOut) }
    observe(.failed(command.kind, script: command.script, error, after: nil))
    // Not inside `send`: a caller does not expect its answer before it has finished asking.
    loop.defer(to: .answer) { waiter.payload.completion.call(.failure(error)) }
  }

  private func tellOccupancy() {
    let now = machine.occupancy
    guard now != occupancy else { return }
    occupancy = now
    observe(.occupancy(now))
  }

  /// The timer is moved only to an earlier time: when it fires too early, nothing happens.
  private func setTimer() {
    guard let deadline = machine.nextDeadline else { return }
    if let timer {
      if timer.deadline <= deadline { return }
      loop.cancel(timer.id)
    }
    let id = loop.schedule(at: deadline) { [self] in
      timer = nil
      carryOut(machine.deadlineReached(at: loop.now))
    }
    timer = (id, deadline)
  }

  private func finishClosing() {
    guard machine.isOver else { return }
    if let timer { loop.cancel(timer.id) }
    timer = nil
    for closed in afterClosing { loop.defer(to: .answer, closed) }
    afterClosing = []
  }
}

extension Pool: ConnectionOwner {
  func becameReady(_ connection: Connection) {
    observe(.opened)
    carryOut(machine.becameReady(connection.slot, at: loop.now))
  }

  func finished(_ command: Finished<Completion>, on connection: Connection) {
    let next = machine.finished(connection.slot, at: loop.now)
    if case .send(let waiter) = next { send(waiter, on: connection) }
    tellOccupancy()
    tell(command)
    if case .close(let reason) = next { end(connection, reason) }
  }

  func reloading(_ script: Script) {
    observe(.reloaded(script))
  }

  func ended(
    _ connection: Connection, _ cause: CloseCause, wasReady: Bool,
    abandoned: [Finished<Completion>]
  ) {
    connections[connection.slot] = nil
    if wasReady {
      observe(.closed(cause.reason))
    } else if cause.reason != .shutdown {
      observe(.openingFailed(cause.sentence))
    }
    carryOut(machine.ended(connection.slot, cause, at: loop.now, jitter: jitter()))
    for command in abandoned { tell(command) }
  }

  private func tell(_ command: Finished<Completion>) {
    switch command.result {
    case .success:
      observe(.answered(command.kind, script: command.script, after: command.elapsed ?? .zero))
    case .failure(let error):
      observe(.failed(command.kind, script: command.script, error, after: command.elapsed))
    }
    command.completion.call(command.result)
  }
}

@available(*, unavailable, message: "a Pool belongs to its loop's thread")
extension Pool: Sendable {}
