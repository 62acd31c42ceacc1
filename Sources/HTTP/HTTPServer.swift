import Glibc
import Loop

/// HTTP/1.1 on a loop: whole requests come in as ``Exchange``s, and their answers go out.
///
/// libmicrohttpd has no thread of its own. It runs in one place, the loop's ``Loop/Phase/answer`` phase,
/// for all that became ready and all that was answered in the turn so far.
///
/// A server lives, held by its loop, until ``stop()``.
package final class HTTPServer {
  /// Connections that are open, idle ones among them.
  package var openConnections: Int { connections.count }
  /// Requests that the handler has and has not answered.
  package var exchangesInFlight: Int { connections.exchanges }
  /// Called after a connection was accepted.
  package var connectionOpened: (() -> Void)?
  /// Called after a connection was closed.
  package var connectionClosed: (() -> Void)?

  /// Makes the answers to requests that the handler does not see, or lets go of; by default they are
  /// text. Called on the loop's thread.
  package var refuse: (RefusedRequest) -> Response = { request in
    Response(
      status: request.refusal.status, headers: [("Content-Type", "text/plain; charset=utf-8")],
      body: Array("\(request.refusal.reason)\n".utf8))
  }

  /// False after ``stop()``.
  var isRunning: Bool { daemon != nil }
  /// False after ``stopListening()``.
  var isListening: Bool { listener != nil && !plan.endListening }
  /// Whether an answer is the last one on its connection.
  var isAnswerLast: Bool { !isListening || connections.count > configuration.keepAliveLimit }

  let loop: Loop
  let configuration: Configuration
  let handler: (Exchange) -> Void
  var connections: ConnectionTable
  var shelf = ResponseShelf()
  var plan = Plan()
  private var listener: Descriptor?
  private let socketFile: UnixSocketFile?
  private var daemon: Daemon?
  private var watch: Loop.WatchID?

  /// What is to be done, and not yet.
  struct Plan {
    /// libmicrohttpd runs at the end of this turn.
    var run = false
    /// Suspended connections have got their answers: a run makes bytes of them, and the next writes
    /// those.
    var isResuming = false
    /// libmicrohttpd is running.
    var isRunning = false
    /// Overdue connections are closed after the run.
    var look = false
    /// There is room for a new connection after a close, but only the next run takes one.
    var accept = false
    /// ``stopListening()`` was called.
    var endListening = false
    /// ``stop()`` was called during the run.
    var stop = false
    var nextTurn: Loop.TimerID?
    var nextLook: Loop.TimerID?
    /// The end of the rest of some exchange.
    var endOfRest: Loop.TimerID?
  }

  /// Serves what comes in at `listener`, on `loop`, until ``stop()``. `handler` is called on the
  /// loop's thread, and must not wait for anything.
  ///
  /// A listening Unix socket's file is removed in the end, if it is still the same.
  package init(
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
  /// its connection, so ``openConnections`` falls to 0 when all is answered. Not to be called by a
  /// handler.
  package func stopListening() {
    guard let daemon, isListening else { return }
    plan.endListening = true
    takeWaitingConnections(daemon)
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
  package func stop() {
    guard let daemon else { return }
    if plan.isRunning {
      plan.stop = true
      return
    }
    stopListening()
    if let watch { loop.unwatch(watch) }
    for timer in [plan.nextTurn, plan.nextLook, plan.endOfRest] { timer.map(loop.cancel) }
    // None may be suspended when libmicrohttpd stops.
    for connection in connections.suspended { connection.resume() }
    self.daemon = nil
    daemon.stop()
  }

  /// Accepts whoever has connected already, and perhaps asked: the kernel would hang up on them. A run
  /// takes up to ten.
  private func takeWaitingConnections(_ daemon: Daemon) {
    guard let listener = listener?.raw, !plan.isRunning else { return }
    var request = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    var runs = 0
    // As many as a full backlog takes: others may go on coming for ever.
    while runs < 500, connections.count < configuration.connectionLimit,
      poll(&request, 1, 0) == 1, request.revents == Int16(POLLIN)
    {
      plan.isRunning = true
      daemon.run()
      plan.isRunning = false
      runs += 1
    }
  }

  // MARK: - The run

  /// Lets libmicrohttpd run before the turn ends.
  func runThisTurn() {
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
    // It notes that an answer is sent in the run after the one that sent it. With nobody to be asked
    // for an answer that costs less than another turn.
    if plan.isResuming || connections.resting == 0 && daemon.hasMoreToDo {
      plan.isResuming = false
      daemon.run()
    }
    plan.isRunning = false
    if plan.stop { return stop() }
    if plan.look { closeOverdue() }
    planRest()
    // While an exchange rests there is always more to do: to ask for its answer.
    if plan.accept || connections.resting == 0 && daemon.hasMoreToDo { runNextTurn() }
  }

  /// Sets the timer for the end of the rest, if an exchange rests: by then it is answered, or is to be
  /// suspended.
  private func planRest() {
    if connections.resting > 0 {
      guard plan.endOfRest == nil else { return }
      plan.endOfRest = loop.schedule(at: loop.now + Self.longestRest) { [self] in
        plan.endOfRest = nil
        runThisTurn()
      }
    } else if let timer = plan.endOfRest {
      loop.cancel(timer)
      plan.endOfRest = nil
    }
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
    let overdue = connections.overdue(at: loop.now) { connection in
      // A request that has arrived since the run is not lost: the next one reads it.
      guard connection.hasUnread else { return false }
      plan.look = true
      return true
    }
    for connection in overdue { connection.shutDown() }
    if plan.look { runNextTurn() }
    planLook()
  }

  /// Sets the timer for the next look at the deadlines.
  func planLook() {
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
