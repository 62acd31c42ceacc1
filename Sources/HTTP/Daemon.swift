import CMicrohttpd
import Glibc

/// libmicrohttpd's daemon in external epoll mode: the calls, and nothing decided.
///
/// It has no thread: all of it happens inside ``run()``. Its callbacks translate C and tell
/// ``HTTPServer`` what has happened.
struct Daemon {
  private let raw: OpaquePointer
  private let refusals: UnsafeMutablePointer<cmhd_refusals>

  /// A daemon that accepts from `listener`, whose owner stays the caller. `server` must live until
  /// ``stop()``. Nil when the system refuses something; `errno` says what.
  init?(listener: Int32, configuration: HTTPServer.Configuration, server: HTTPServer) {
    let pointer = Unmanaged.passUnretained(server).toOpaque()
    refusals = .allocate(capacity: 1)
    refusals.initialize(to: cmhd_refusals(server: pointer, refused: requestRefused))
    // At its limit it accepts no more; HTTPServer makes room before.
    let limit = configuration.connectionLimit + HTTPServer.Configuration.connectionReserve
    let discipline: Int32 =
      switch server.reading {
      case .block: 0
      // As strict as RFC 9112 lets a server be.
      case .fields: 1
      }
    let daemon = cmhd_start(
      listener, UInt32(limit), configuration.connectionMemory, discipline, pointer,
      requestLineArrived, leaveEscaped, requestArrived, requestEnded, connectionChanged, refusals)
    guard let daemon else {
      refusals.deallocate()
      return nil
    }
    raw = daemon
  }

  /// To be watched for reading: readable when ``run()`` has something to do.
  var epollDescriptor: Int32 { cmhd_epoll_descriptor(raw) }

  /// True if ``run()`` should be called again although no descriptor will say so.
  ///
  /// Its time limits are not used (``ConnectionTable`` has them), so the time that libmicrohttpd
  /// gives can only be zero.
  var hasMoreToDo: Bool {
    var milliseconds: UInt64 = 0
    return MHD_get_timeout(raw, &milliseconds) == .YES
  }

  /// Accepts, reads, calls back and writes what is possible without waiting.
  func run() { MHD_run(raw) }

  /// Accepts no more, and will not touch the listening socket again.
  func stopAccepting() { _ = MHD_quiesce_daemon(raw) }

  /// Closes every connection and frees the daemon. None may be suspended, and this may not be
  /// called from a callback.
  func stop() {
    MHD_stop_daemon(raw)
    refusals.deallocate()
  }
}

// The callbacks, in the order of a connection's life. They are functions and not closures, which
// would capture an actor where they are written in main.swift.

private func server(_ pointer: UnsafeMutableRawPointer?) -> HTTPServer? {
  pointer.map { Unmanaged<HTTPServer>.fromOpaque($0).takeUnretainedValue() }
}

private func connectionChanged(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
  guard let server = server(context), let connection, let slot else { return }
  switch code {
  case .CONNECTION_NOTIFY_STARTED:
    slot.pointee = server.accepted(Connection(connection)).context
  case .CONNECTION_NOTIFY_CLOSED:
    if let closed = ConnectionTable.Slot(context: slot.pointee) { server.closed(closed) }
  }
}

/// libmicrohttpd keeps what this returns as the request's context. It is a retained ``Exchange``, and
/// becomes null when the handler gets it.
private func requestLineArrived(
  _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  guard let server = server(context), let target, let connection else { return nil }
  let bytes = UnsafeRawBufferPointer(start: target, count: strlen(target))
  let exchange = server.requestLineArrived(
    target: bytes.assumingMemoryBound(to: UInt8.self), on: Connection(connection))
  return exchange.map { Unmanaged.passRetained($0).toOpaque() }
}

/// Decodes nothing, so that `%2F` does not become `/` before the path is read.
private func leaveEscaped(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ text: UnsafeMutablePointer<CChar>?
) -> Int {
  text.map { strlen($0) } ?? 0
}

/// Called when the header block is complete, for each piece of the body, when all has arrived, and
/// again in each run until there is an answer or the connection is suspended.
private func requestArrived(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ path: UnsafePointer<CChar>?, _ method: UnsafePointer<CChar>?,
  _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?,
  _ size: UnsafeMutablePointer<Int>?,
  _ request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  // A request without an exchange was handed over, and its answer could not be queued.
  guard let server = server(context), let method, let version, let size, let request,
    let pointer = request.pointee
  else { return .NO }
  let held = Unmanaged<Exchange>.fromOpaque(pointer)
  let exchange = held.takeUnretainedValue()

  switch exchange.state.called(withBody: size.pointee > 0, at: server.loop.now) {
  case .readHeader: server.headerBlockArrived(exchange, method: method, version: version)
  case .appendBody:
    server.bodyArrived(
      UnsafeRawBufferPointer(start: data, count: size.pointee), of: exchange)
    size.pointee = 0
  case .discardBody: size.pointee = 0
  case .handle: server.requestArrived(exchange)
  case .wait: break
  case .suspend: server.suspend(exchange)
  case .close: return .NO
  }
  if !exchange.state.isHeld {
    request.pointee = nil
    held.release()
  }
  return .YES
}

/// libmicrohttpd refused a request by itself. The callbacks for its request may come or not.
private func requestRefused(_ context: UnsafeMutableRawPointer?, _ status: UInt32) {
  server(context)?.requestRefused?(Int(status))
}

private func requestEnded(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_RequestTerminationCode
) {
  guard let server = server(context), let connection, let request else { return }
  if let pointer = request.pointee {
    // The client left before the request was whole, or before it was answered.
    let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
    exchange.state.clientLeft()
    request.pointee = nil
  }
  server.requestEnded(on: Connection(connection))
}
