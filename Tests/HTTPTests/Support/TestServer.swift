import Dispatch
import Glibc
import HTTP
import Locking
import Loop
import Testing

/// A server on a thread of its own, whose application does what the path says.
///
/// - `/now` is answered inside the handler's call, `/gather` in the same turn of the loop, `/later` in
///   another one;
/// - `/hold` is kept until ``Application/answerHeld(_:)``;
/// - `/reset?descriptor` is kept, too, while the client's end of the connection is reset;
/// - `/twice` is answered twice, `/drop` never;
/// - `/stop` stops the server inside the handler's call, `/stop-gather` later in the turn;
/// - `/header?name` answers with a header field, `/close` closes the connection, and `/huge` has a
///   body of four megabytes, `/huge?number` of so many.
///
/// The answer is `METHOD path query body`, which is also what the application writes down.
final class TestServer: Sendable {
  /// What runs on the server's thread.
  final class Application {
    let loop: Loop
    let server: HTTPServer
    fileprivate(set) var seen: [String] = []
    fileprivate(set) var held: [Exchange] = []
    fileprivate var waiters: [(condition: (Application) -> Bool, DispatchSemaphore)] = []
    fileprivate(set) var opened = 0
    fileprivate(set) var closed = 0
    /// The statuses of what libmicrohttpd refused by itself.
    fileprivate(set) var refused: [Int] = []
    /// How often the loop has turned.
    fileprivate(set) var turns = 0

    fileprivate init(loop: Loop, listener: consuming Descriptor, _ configuration: Configuration)
      throws
    {
      self.loop = loop
      var handler: (Exchange) -> Void = { _ in }
      server = try HTTPServer(loop: loop, listener: listener, configuration: configuration) {
        handler($0)
      }
      handler = { [unowned self] in handle($0) }
      server.connectionOpened = { [unowned self] in opened += 1 }
      server.connectionClosed = { [unowned self] in closed += 1 }
      server.requestRefused = { [unowned self] in refused.append($0) }
      loop.turnEnded = { [unowned self] _ in
        turns += 1
        waiters.removeAll { condition, signal in
          guard condition(self) else { return false }
          signal.signal()
          return true
        }
      }
    }

    /// Answers what `/hold` kept, oldest first.
    func answerHeld(_ count: Int = .max) {
      let answered = held.prefix(count)
      held.removeFirst(answered.count)
      for exchange in answered { answer(exchange) }
    }

    /// Lets go of what `/hold` kept.
    func dropHeld() { held = [] }

    private func handle(_ exchange: Exchange) {
      seen.append(line(exchange))
      switch exchange.path {
      case "/gather": loop.defer(to: .gather) { [self] in answer(exchange) }
      case "/later": loop.schedule(at: loop.now) { [self] in answer(exchange) }
      case "/hold": held.append(exchange)
      case "/reset":
        reset(Int32(exchange.query) ?? -1)
        held.append(exchange)
      case "/drop": break
      case "/twice":
        exchange.respond(Response(status: 200, body: Array("first".utf8)))
        exchange.respond(Response(status: 200, body: Array("second".utf8)))
      case "/header":
        let value = exchange.header(exchange.query)
        exchange.respond(
          Response(status: 200, body: Array((value.map { "<\($0)>" } ?? "none").utf8)))
      case "/close": answer(exchange, headers: [("Connection", "close")])
      case "/huge":
        let size = (Int(exchange.query) ?? 4) << 20
        exchange.respond(Response(status: 200, body: Array(repeating: 0x78, count: size)))
      case "/stop-gather":
        loop.defer(to: .gather) { [self] in
          server.stop()
          answer(exchange)
        }
      case "/stop":
        server.stop()
        answer(exchange)
      default: answer(exchange)
      }
    }

    private func answer(_ exchange: Exchange, headers: [(name: String, value: String)] = []) {
      exchange.respond(
        Response(
          status: 200, headers: [("Content-Type", "text/plain")] + headers,
          body: Array(line(exchange).utf8)))
    }

    /// Ends a connection as if the client's machine had: a TCP reset.
    private func reset(_ descriptor: Int32) {
      var nowhere = sockaddr()
      nowhere.sa_family = sa_family_t(AF_UNSPEC)
      connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    private func line(_ exchange: Exchange) -> String {
      [
        "\(exchange.method)", exchange.path, exchange.query,
        String(decoding: exchange.body, as: UTF8.self),
      ].joined(separator: " ")
    }
  }

  typealias Configuration = HTTPServer.Configuration
  private typealias Job = @Sendable (Application) -> Void

  /// The port, or 0 for a Unix socket.
  let port: UInt16
  private let inbox: Inbox<Job>

  /// A server at a free port of 127.0.0.1, or where `address` says.
  init(
    at address: SocketAddress = .tcp(host: "127.0.0.1", port: 0),
    configuration: Configuration = Configuration()
  ) throws {
    guard let resolved = ResolvedAddress(literal: address) else { throw Unresolved() }
    let listener = try Socket.listen(at: resolved, shared: true)
    port = Socket.localPort(of: listener.raw) ?? 0
    let inbox = try Inbox<Job>()
    self.inbox = inbox
    let number = listener.release()
    try startThread(name: "test server") {
      do {
        let loop = try Loop()
        let application = try Application(
          loop: loop, listener: Descriptor(owning: number), configuration)
        try inbox.deliver(on: loop) { $0(application) }
        try loop.run()
        withExtendedLifetime(application) {}
      } catch { fatalError("\(error)") }
    }
  }

  private struct Unresolved: Error {}

  deinit {
    // The thread ends with its loop.
    inbox.send { application in
      application.server.stop()
      application.loop.stop()
    }
  }

  /// Runs `body` on the server's thread and waits for what it returns.
  func run<Result: Sendable>(_ body: @escaping @Sendable (Application) -> Result) -> Result {
    let place = Lock<Result?>(nil)
    let signal = DispatchSemaphore(value: 0)
    inbox.send { application in
      let result = body(application)
      place.withLock { $0 = result }
      signal.signal()
    }
    signal.wait()
    guard let result = place.withLock({ $0 }) else { fatalError("no result") }
    return result
  }

  /// Waits until `condition` holds at the end of a turn of the server's loop.
  func wait(until condition: @escaping @Sendable (Application) -> Bool) {
    let signal = DispatchSemaphore(value: 0)
    inbox.send { $0.waiters.append((condition, signal)) }
    if signal.wait(timeout: .now() + 20) == .timedOut { Issue.record("it did not come to that") }
  }

  /// What the application was asked, in order.
  var seen: [String] { run { $0.seen } }
}
