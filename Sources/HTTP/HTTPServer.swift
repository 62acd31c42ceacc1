import Glibc
import Loop

/// HTTP/1.1 on a loop: whole requests come in as ``Exchange``s, and their answers go out.
///
/// libmicrohttpd has no thread of its own. It runs in one place, the loop's ``Loop/Phase/answer`` phase,
/// for all that became ready and all that was answered in the turn so far. When it runs is decided by
/// ``ServerMachine``, and what becomes of a request by ``ExchangeState``.
///
/// A server lives, held by its loop, until ``stop()``. It belongs to the loop's thread.
package final class HTTPServer {
  /// Connections that are open, idle ones among them.
  package var openConnections: Int { connections.count }
  /// Requests that the handler has and has not answered.
  package var exchangesInFlight: Int { connections.exchanges }
  /// Called after a connection was accepted.
  package var connectionOpened: (() -> Void)?
  /// Called after a connection was closed.
  package var connectionClosed: (() -> Void)?

  /// Called with the status when libmicrohttpd has refused a request by itself: too long a target (414)
  /// or header block (431), another version (505), a malformed length or chunk (400, 413). What libmicrohttpd
  /// 1.0 closes without an answer counts as 400.
  /// Neither the handler nor ``errorResponse`` is called for it.
  package var requestRefused: ((Int) -> Void)?

  /// Makes the answers to requests that the handler does not see, or drops; by default they are text.
  /// Called on the loop's thread.
  package var errorResponse: (FailedRequest) -> Response = { request in
    Response(
      status: request.error.status, headers: [("Content-Type", "text/plain; charset=utf-8")],
      body: Array("\(request.error.reason)\n".utf8))
  }

  /// False after ``stop()``.
  var isServing: Bool { daemon != nil }
  /// Whether an answer is the last one on its connection.
  var isAnswerLast: Bool {
    !machine.isListening || connections.count > configuration.keepAliveLimit
  }

  let loop: Loop
  let configuration: Configuration
  let reading: HTTPLibrary.Reading
  let handler: (Exchange) -> Void
  var connections: ConnectionTable
  var shelf = ResponseShelf()
  var machine = ServerMachine()
  private(set) var daemon: Daemon?
  var timers = Timers()
  /// The watches for the ends of what clients send, by slot.
  var ends: [Int: Loop.WatchID] = [:]
  /// Counts what libmicrohttpd tells.
  var progress = 0
  /// The runs in a row in which it told nothing.
  var runsInVain = 0
  static let manyRunsInVain = 64
  private var listener: Descriptor?
  private let socketFile: UnixSocketFile?
  private var watch: Loop.WatchID?

  /// The timers that the machine has set.
  struct Timers {
    var nextTurn: Loop.TimerID?
    var check: Loop.TimerID?
    var rest: Loop.TimerID?
  }

  /// Serves what comes in at `listener`, on `loop`, until ``stop()``. `handler` is called on the
  /// loop's thread, and must not wait for anything.
  ///
  /// A listening Unix socket's file is removed in the end, if it is still the same.
  package init(
    loop: Loop, listener: consuming Descriptor, configuration: Configuration = Configuration(),
    handler: @escaping (Exchange) -> Void
  ) throws(HTTPServerError) {
    let library = try HTTPLibrary.found()
    reading = library.reading
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
      watch = try loop.watch(daemon.epollDescriptor, for: .readable) { _ in
        self.carryOut(self.machine.runRequested())
      }
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
    guard let daemon, machine.stopListening() else { return }
    closeListener(of: daemon)
    connections.endIdling(at: loop.now)
    carryOut(machine.listenerClosed())
  }

  /// Closes everything at once. Exchanges that are not answered lose their client; answering them
  /// later does nothing. Called by a handler, it takes effect at the end of the turn.
  package func stop() {
    guard let daemon, machine.stop() else { return }
    closeListener(of: daemon)
    if let watch { loop.unwatch(watch) }
    for timer in [timers.nextTurn, timers.check, timers.rest] { timer.map(loop.cancel) }
    // None may be suspended when libmicrohttpd stops.
    for connection in connections.suspended { connection.resume() }
    self.daemon = nil
    daemon.stop()
  }

  private func closeListener(of daemon: Daemon) {
    guard let number = listener?.raw else { return }
    takeWaitingConnections(at: number, daemon)
    daemon.stopAccepting()
    socketFile?.remove()
    listener = nil
  }

  /// Accepts the clients that have connected already, and perhaps asked: the kernel would hang up on
  /// them. A run takes up to ten.
  private func takeWaitingConnections(at listener: Int32, _ daemon: Daemon) {
    guard machine.takingBegan() else { return }
    var request = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    var runs = 0
    // As many as a full backlog takes: other clients may go on coming for ever.
    while runs < 500, connections.count < configuration.connectionLimit,
      poll(&request, 1, 0) == 1, request.revents == Int16(POLLIN)
    {
      daemon.run()
      runs += 1
    }
    machine.takingEnded()
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
