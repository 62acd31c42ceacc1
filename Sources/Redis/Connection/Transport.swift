import Loop

/// One socket on a loop, encrypted or not: bytes are appended to ``output`` and written when it is
/// flushed, and told when they arrive.
final class Transport {
  /// What can happen between ``connect(to:_:)`` and ``close()``.
  enum Event {
    case connected
    /// From now on all is encrypted, and the certificate is the one of the server that was meant.
    case secured
    /// Bytes that lie there only during the call.
    case received(UnsafeRawBufferPointer)
    /// No connection came about, or it is over, and why. The transport is to be closed.
    case ended(String)
  }

  /// What the next ``flush()`` writes.
  var output = OutputBuffer()

  private let loop: Loop
  private let scratch: Scratch
  private var stream: ByteStream?
  private var tls: TLSSession?
  /// What the next ``flush()`` writes first, encrypted; nothing without TLS.
  private var sealed = OutputBuffer(capacity: 0)
  private var watch: Loop.WatchID?
  private var handler: ((Event) -> Void)?
  private var isConnected = false
  private var awaitsRoom = false

  /// A transport that leads nowhere yet. What arrives is read into `scratch`.
  init(on loop: Loop, scratch: Scratch) {
    self.loop = loop
    self.scratch = scratch
  }

  /// Begins to connect. The transport, what it tells, and whatever `handler` captures live at least
  /// until it is closed.
  func connect(
    to address: ResolvedAddress, _ handler: @escaping (Event) -> Void
  ) throws(SystemError) {
    let new = ByteStream(try Socket.connect(to: address))
    watch = try loop.watch(new.descriptor, for: .writable) { [self] in becameReady($0) }
    stream = consume new
    self.handler = handler
  }

  /// Shakes hands; only for a transport that is connected and has neither said nor heard anything.
  func secure(with session: consuming TLSSession) {
    tls = consume session
    attempt(shakeHands)
  }

  /// Closes the socket, if there is one; nothing is told any more. The transport may be connected
  /// again.
  func close() {
    sendClosingAlert()
    tls = nil
    if let watch { loop.unwatch(watch) }
    watch = nil
    stream = nil
    handler = nil
    isConnected = false
    awaitsRoom = false
  }

  /// Writes what there is, and what does not fit as soon as there is room.
  func flush() {
    // The loop will say when there is room.
    if awaitsRoom { return }
    attempt(write)
  }

  private func becameReady(_ readiness: Readiness) {
    if !isConnected { return attempt(finishConnecting) }
    if readiness.writable, awaitsRoom { attempt(write) }
    if readiness.readable { attempt(read) }
  }

  private func attempt(_ work: () throws -> Void) {
    do {
      try work()
    } catch let failure as TLSFailure {
      handler?(.ended("\(failure)"))
    } catch {
      handler?(.ended("\(error)\(phase)"))
    }
  }

  /// What makes an end of the connection a sentence that helps.
  private var phase: String {
    tls?.isEstablished == false ? " during the TLS handshake" : ""
  }

  private func finishConnecting() throws {
    guard let descriptor = stream?.descriptor, let watch else { return }
    let code = Socket.pendingError(of: descriptor)
    if code != 0 { throw SystemError(call: "connect", code: code) }
    try loop.modify(watch, for: .readable)
    isConnected = true
    handler?(.connected)
  }

  /// So much is read from one transport before others have their turn.
  private static let readsPerTurn = 16

  private func read() throws {
    for _ in 0..<Self.readsPerTurn {
      // The handler may have closed the transport meanwhile.
      guard let outcome = try stream?.read(into: scratch.bytes) else { return }
      switch outcome {
      case .bytes(let count):
        try take(UnsafeRawBufferPointer(rebasing: scratch.bytes[..<count]))
        // A short read emptied the socket; another would only say so.
        if count < scratch.bytes.count { return }
      case .wouldBlock: return
      case .ended:
        return handler?(.ended(Self.closed + phase)) ?? ()
      }
    }
  }

  private static let closed = "the other side closed the connection"

  private func take(_ bytes: UnsafeRawBufferPointer) throws {
    guard tls != nil else { return handler?(.received(bytes)) ?? () }
    try tls?.receive(bytes)
    if tls?.isEstablished == false { try shakeHands() }
    if tls?.isEstablished == true { try open() }
  }

  /// Tells all that was received: the loop knows of what lies in the socket, not of what lies here.
  private func open() throws {
    // The handler may have closed the transport meanwhile.
    while let outcome = try tls?.open(into: scratch.bytes) {
      switch outcome {
      case .bytes(let count):
        handler?(.received(UnsafeRawBufferPointer(rebasing: scratch.bytes[..<count])))
      case .wouldBlock: return
      case .ended: return handler?(.ended(Self.closed)) ?? ()
      }
    }
  }

  private func shakeHands() throws {
    guard let isDone = try tls?.shakeHands() else { return }
    try write()
    if isDone { handler?(.secured) }
  }

  private func write() throws {
    try tls?.seal(&output, into: &sealed)
    while !(tls == nil ? output.isEmpty : sealed.isEmpty) {
      guard case .bytes(let count)? = try writeOnce() else { return try awaitRoom(stream != nil) }
      if tls == nil { output.consume(count) } else { sealed.consume(count) }
    }
    try awaitRoom(false)
  }

  private func writeOnce() throws -> StreamOutcome? {
    do {
      return try stream?.write(tls == nil ? output.unwritten : sealed.unwritten)
    } catch {
      // The other side may have said why before it went.
      try read()
      throw error
    }
  }

  /// Tells the other side of the end, if it can be told at once.
  private func sendClosingAlert() {
    tls?.close(into: &sealed)
    if !sealed.isEmpty, !awaitsRoom { _ = try? stream?.write(sealed.unwritten) }
    sealed.consume(sealed.count)
  }

  private func awaitRoom(_ isNeeded: Bool) throws(SystemError) {
    guard isNeeded != awaitsRoom, let watch else { return }
    awaitsRoom = isNeeded
    try loop.modify(watch, for: isNeeded ? [.readable, .writable] : .readable)
  }
}

@available(*, unavailable, message: "a Transport belongs to its loop's thread")
extension Transport: Sendable {}

/// The memory that transports of one thread read into: what is read is used up at once.
final class Scratch {
  let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)

  deinit {
    bytes.deallocate()
  }
}
