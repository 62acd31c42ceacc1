import Glibc
import Loop

/// HTTP/1.1 on a loop: whole requests come in as ``Exchange``s, and their answers go out.
///
/// libmicrohttpd runs in one place, the loop's ``Loop/Phase/answer`` phase, at most once a turn for
/// all that became ready and all that was answered. It has no thread of its own.
///
/// A server lives, held by its loop, until ``stop()``.
public final class HTTPServer {
  /// Connections that are open, idle ones among them.
  public var openConnections: Int { connections.count }
  /// Requests that the handler has and has not answered.
  public var exchangesInFlight: Int { connections.exchanges }
  /// Called after a connection was accepted.
  public var connectionOpened: (() -> Void)?
  /// Called after a connection was closed.
  public var connectionClosed: (() -> Void)?

  /// False before it began and after ``stop()``.
  var isRunning: Bool { daemon != nil }

  private let loop: Loop
  let configuration: Configuration
  private let handler: (Exchange) -> Void
  private var listener: Descriptor?
  private let socketFile: UnixSocketFile?
  private var daemon: Daemon?
  private var watch: Loop.WatchID?
  private var connections: ConnectionTable
  private var plan = Plan()

  /// What is to be done, and not yet.
  private struct Plan {
    /// libmicrohttpd runs at the end of this turn.
    var run = false
    /// libmicrohttpd is running.
    var isRunning = false
    /// Overdue connections are closed after the run.
    var look = false
    /// There is room for a new connection after a close, but only the next run takes one.
    var accept = false
    /// ``stop()`` was called during the run.
    var stop = false
    var nextTurn: Loop.TimerID?
    var nextLook: Loop.TimerID?
  }

  /// Serves what comes in at `listener`, on `loop`, until ``stop()``. `handler` is called on the
  /// loop's thread, and must not wait for anything.
  ///
  /// A listening Unix socket's file is removed in the end, if it is still the same.
  public init(
    loop: Loop, listener: consuming Descriptor, configuration: Configuration = Configuration(),
    handler: @escaping (Exchange) -> Void
  ) throws(HTTPServerError) {
    guard Daemon.knownVersions.contains(Daemon.version) else {
      throw .unknownLibrary(version: Daemon.version)
    }
    self.loop = loop
    self.configuration = configuration
    self.handler = handler
    connections = ConnectionTable(limits: ConnectionTable.Limits(configuration))
    let number = listener.raw
    socketFile = UnixSocketFile(of: number)
    self.listener = consume listener
    guard let daemon = Daemon(listener: number, configuration: configuration, server: self) else {
      throw .refused(SystemError(call: "MHD_start_daemon", code: errno))
    }
    do throws(SystemError) {
      watch = try loop.watch(daemon.epollDescriptor, for: .readable) { _ in self.runThisTurn() }
    } catch {
      daemon.stopAccepting()
      daemon.stop()
      throw .refused(error)
    }
    self.daemon = daemon
  }

  /// Closes the listening socket and every idle connection. Each answer from now on is the last one on
  /// its connection, so ``openConnections`` falls to 0 when all is answered.
  public func stopListening() {
    guard let daemon, listener != nil else { return }
    daemon.stopAccepting()
    socketFile?.remove()
    listener = nil
    connections.endIdling(at: loop.now)
    // After the run, so that requests that have arrived are still read.
    plan.look = true
    runThisTurn()
  }

  /// Closes everything at once. Exchanges that are not answered lose their client; answering them
  /// later does nothing. Called by a handler, it takes effect at the end of the turn.
  public func stop() {
    guard let daemon else { return }
    if plan.isRunning {
      plan.stop = true
      return
    }
    stopListening()
    if let watch { loop.unwatch(watch) }
    for timer in [plan.nextTurn, plan.nextLook] { timer.map(loop.cancel) }
    // None may be suspended when libmicrohttpd stops.
    for connection in connections.connectionsInExchange { connection.resume() }
    self.daemon = nil
    daemon.stop()
  }

  // MARK: - The run

  private func runThisTurn() {
    guard !plan.run else { return }
    plan.run = true
    loop.defer(to: .answer) { [self] in
      plan.run = false
      run()
    }
  }

  private func run() {
    guard let daemon else { return }
    plan.isRunning = true
    plan.accept = false
    daemon.run()
    plan.isRunning = false
    if plan.stop { return stop() }
    if plan.look { closeOverdue() }
    if plan.accept || daemon.hasMoreToDo { runNextTurn() }
  }

  /// Not in this turn, which a client that keeps sending could make endless.
  private func runNextTurn() {
    guard plan.nextTurn == nil else { return }
    plan.nextTurn = loop.schedule(at: loop.now) { [self] in
      plan.nextTurn = nil
      runThisTurn()
    }
  }

  private func closeOverdue() {
    plan.look = false
    for connection in connections.overdue(at: loop.now) { connection.shutDown() }
    planLook()
  }

  private func planLook() {
    plan.nextLook.map(loop.cancel)
    plan.nextLook = connections.nextLook(after: loop.now).map { deadline in
      loop.schedule(at: deadline) { [self] in
        plan.nextLook = nil
        // After a run: what has arrived in time may not have been read in time.
        plan.look = true
        runThisTurn()
      }
    }
  }
}

// MARK: - What libmicrohttpd tells

extension HTTPServer {
  func accepted(_ connection: Connection) -> ConnectionTable.Slot {
    let slot = connections.open(connection, at: loop.now)
    if plan.nextLook == nil { planLook() }
    connectionOpened?()
    return slot
  }

  func closed(_ slot: ConnectionTable.Slot) {
    connections.close(slot)
    plan.accept = listener != nil
    connectionClosed?()
  }

  func requestLineArrived(
    target: UnsafeBufferPointer<UInt8>, on connection: Connection
  ) -> Exchange? {
    guard let slot = connection.slot else { return nil }
    connections.enter(.header, slot, at: loop.now)
    return Exchange(target: target, server: self, connection: connection, slot: slot)
  }

  func headerBlockArrived(
    _ exchange: Exchange, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) {
    do throws(Refusal) {
      let block = try exchange.headerBlock(method: method, version: version)
      guard block.contentLength <= configuration.bodyLimit else {
        throw .bodyTooLong(limit: configuration.bodyLimit)
      }
      exchange.method = Method(String(cString: method))
      exchange.state = .arriving(.body)
      guard block.contentLength > 0 else { return }
      exchange.body.reserveCapacity(block.contentLength)
      connections.enter(.body, exchange.slot, at: loop.now)
    } catch {
      // An answer in this place makes libmicrohttpd read no further, and close.
      exchange.state = .answered
      connections.enter(.answer, exchange.slot, at: loop.now)
      exchange.connection.queue(configuration.refusal(error), closing: true)
    }
  }

  func requestArrived(_ exchange: Exchange) {
    connections.enter(.exchange, exchange.slot, at: loop.now)
    exchange.state = .handling
    handler(exchange)
    if exchange.state == .handling {
      exchange.state = .suspended
      exchange.connection.suspend()
    }
  }

  func requestEnded(on connection: Connection) {
    guard let slot = connection.slot else { return }
    connections.enter(.idle, slot, at: loop.now)
    // It was answered before `stopListening`, and should not have been kept alive.
    if listener == nil { plan.look = true }
  }
}

// MARK: - What exchanges ask for

extension HTTPServer {
  func answer(_ exchange: Exchange, with response: Response) {
    let wasSuspended = exchange.state == .suspended
    exchange.state = .answered
    guard isRunning else { return }
    connections.enter(.answer, exchange.slot, at: loop.now)
    exchange.connection.queue(response, closing: listener == nil)
    if wasSuspended {
      exchange.connection.resume()
      runThisTurn()
    }
  }

}

extension ConnectionTable.Limits {
  init(_ configuration: HTTPServer.Configuration) {
    header = configuration.headerTimeout
    body = configuration.bodyTimeout
    answer = configuration.answerTimeout
    idle = configuration.idleTimeout
  }
}

@available(*, unavailable, message: "an HTTPServer belongs to its loop's thread")
extension HTTPServer: Sendable {}
